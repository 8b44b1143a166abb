using System.Net;
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
    private const string Example = "mongodb://USER:PASSWORD@db1.example.com,db2.example.com/nerve?replicaSet=rs0";

    /// <summary>Null for a good URL, else why it is not; never repeats any part that may be secret.</summary>
    public static string? Problem(string url) => DatabaseException.ReasonOf(() => Parse(url));

    /// <exception cref="DatabaseException">It is no such URL; to be read after its name.</exception>
    public static MongoAddress Parse(string url)
    {
        var parsed = Read(url);
        if (parsed.AllUnknownOptionNames.FirstOrDefault() is { } unknown)
        {
            throw new DatabaseException($"has the parameter '{unknown}', which is unknown");
        }

        if (parsed.Username is not null && parsed.Password is null && parsed.AuthMechanism is null)
        {
            throw new DatabaseException("names a user without a password");
        }

        var database = parsed.DatabaseName ?? DefaultDatabase;
        if (database.AsSpan().ContainsAny("/\\. \"$*<>:|?"))
        {
            throw new DatabaseException("names a database with a character that MongoDB does not allow there");
        }

        return new MongoAddress(Understand(() => SettingsOf(url, parsed)), database, NameOf(parsed, database));
    }

    private static ConnectionString Read(string url)
    {
        if (!url.StartsWith("mongodb://", StringComparison.Ordinal) && !url.StartsWith("mongodb+srv://", StringComparison.Ordinal))
        {
            throw new DatabaseException($"is not a MongoDB URL; write for example {Example}");
        }

        return Understand(() => new ConnectionString(url));
    }

    private static T Understand<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is MongoException or ArgumentException or FormatException or NotSupportedException)
        {
            // The driver's own text may repeat the URL.
            throw new DatabaseException(
                $"is not a complete MongoDB URL, or one of its parameters has a bad value (@, :, / and % in a password are written as %40, %3A, %2F and %25); write for example {Example}");
        }
    }

    private static string NameOf(ConnectionString parsed, string database) => parsed.Scheme == ConnectionStringScheme.MongoDBPlusSrv
        ? $"mongodb+srv://{((DnsEndPoint)parsed.Hosts[0]).Host}/{database}"
        : $"mongodb://{string.Join(',', parsed.Hosts.Select(host => host.ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal)))}/{database}";

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
