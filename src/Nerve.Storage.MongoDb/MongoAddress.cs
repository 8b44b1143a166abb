using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

/// <summary>A connection string as every MongoDB client takes it: <c>mongodb://</c> or <c>mongodb+srv://</c>, one host or all of a replica set.</summary>
/// <remarks>https://www.mongodb.com/docs/manual/reference/connection-string/. The database is <c>nerve</c> where none is named. User and
/// password never appear in an error.</remarks>
internal sealed record MongoAddress(MongoClientSettings Settings, string Database, string Name)
{
    private const string DefaultDatabase = "nerve";
    private const string Example = "mongodb://nerve@db1.example.com,db2.example.com/nerve?replicaSet=rs0";

    /// <summary>Null for a good URL, else why it is not; never repeats any part that may be secret.</summary>
    public static string? Problem(string url)
    {
        try
        {
            Parse(url);
            return null;
        }
        catch (DatabaseException problem)
        {
            return problem.Message;
        }
    }

    /// <exception cref="DatabaseException">It is no such URL; to be read after its name.</exception>
    public static MongoAddress Parse(string url)
    {
        var parsed = Read(url);
        if (parsed.AllUnknownOptionNames.FirstOrDefault() is { } unknown)
        {
            throw new DatabaseException($"has the parameter '{unknown}', which is unknown");
        }

        var database = parsed.DatabaseName ?? DefaultDatabase;
        var hosts = string.Join(',', parsed.Hosts.Select(host => host.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal)));
        var scheme = parsed.Scheme == ConnectionStringScheme.MongoDBPlusSrv ? "mongodb+srv" : "mongodb";
        return new MongoAddress(SettingsOf(url, parsed), database, $"{scheme}://{hosts}/{database}");
    }

    private static ConnectionString Read(string url)
    {
        if (!url.StartsWith("mongodb://", StringComparison.Ordinal) && !url.StartsWith("mongodb+srv://", StringComparison.Ordinal))
        {
            throw new DatabaseException($"is not a MongoDB URL; write for example {Example}");
        }

        try
        {
            return new ConnectionString(url);
        }
        catch (Exception exception) when (exception is MongoException or ArgumentException or FormatException)
        {
            // The driver's own text repeats the URL with its password.
            throw new DatabaseException(
                $"is not a complete MongoDB URL, or one of its parameters has a bad value (@, :, / and % in a password are written as %40, %3A, %2F and %25); write for example {Example}");
        }
    }

    private static MongoClientSettings SettingsOf(string url, ConnectionString parsed)
    {
        var settings = MongoClientSettings.FromConnectionString(url);
        settings.ApplicationName ??= "nerve-center";
        settings.ReadPreference = ReadPreference.Primary; // what was written is seen by the next read
        settings.WriteEncoding = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: false); // half a surrogate pair becomes U+FFFD
        if (parsed.ServerSelectionTimeout is null)
        {
            settings.ServerSelectionTimeout = TimeSpan.FromSeconds(5); // callers are told to come back rather than to wait
        }

        if (parsed.ConnectTimeout is null)
        {
            settings.ConnectTimeout = TimeSpan.FromSeconds(5);
        }

        if (parsed.SocketTimeout is null)
        {
            settings.SocketTimeout = TimeSpan.FromMinutes(1); // a server that fell silent
        }

        return settings;
    }
}
