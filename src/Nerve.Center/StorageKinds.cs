using System.Runtime.CompilerServices;
using Nerve.Configuration;
using Nerve.Redis;
using Nerve.Server.Shared;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;
using Nerve.Storage.MongoDb;

namespace Nerve.Center;

/// <summary>The kinds of storage there are. This is the only place that knows them all.</summary>
internal static class StorageKinds
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";
    public const string Mongo = "mongodb";

    public static string[] All { get; } = [Sqlite, Postgres, Mongo];

    /// <summary>What is wrong with <c>storage</c> and <c>storage-url</c> together; null when nothing is.</summary>
    public static string? Problem(Settings settings) => Engine(settings) ?? Sharing(settings);

    /// <summary>An embedded database belongs to one process; several centers need one that all of them reach.</summary>
    private static string? Sharing(Settings settings) => settings.Text(CenterSettings.Redis) switch
    {
        null => null,
        _ when settings.RequiredText(CenterSettings.Storage) == Sqlite =>
            $"{CenterSettings.Redis} is for several centers on one database, which {CenterSettings.Storage} sqlite cannot be: set {CenterSettings.Storage} to {Postgres} or {Mongo}, or leave {CenterSettings.Redis} out",
        var url => RedisUrl.Problem(url) is { } problem ? $"{CenterSettings.Redis} {problem}" : null,
    };

    private static string? Engine(Settings settings) => (settings.RequiredText(CenterSettings.Storage), settings.Text(CenterSettings.StorageUrl)) switch
    {
        (Sqlite, null) => null,
        (Sqlite, _) => $"{CenterSettings.StorageUrl} is set, but {CenterSettings.Storage} is sqlite, which lives in --data; set {CenterSettings.Storage} too, or leave the URL out",
        (var kind, null) => $"{CenterSettings.StorageUrl} is required with {CenterSettings.Storage} {kind}",
        (var kind, var url) => (kind == Mongo ? MongoProblem(url) : PostgresDatabase.UrlProblem(url)) is { } problem ? $"{CenterSettings.StorageUrl} {problem}" : null,
    };

    /// <param name="settings">As read and checked.</param>
    /// <param name="data">The folder of the embedded database.</param>
    /// <param name="expiry">What a server is told that removes old things by itself.</param>
    public static IStorage Create(Settings settings, string data, Expiry expiry) => settings.RequiredText(CenterSettings.Storage) switch
    {
        Postgres => new PostgresDatabase(settings.RequiredText(CenterSettings.StorageUrl), TimeProvider.System),
        Mongo => OpenMongo(settings, expiry),
        _ => new SqliteDatabase(Path.Combine(data, SqliteStorage.FileName)),
    };

    // By themselves, so that the assembly is only loaded where it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? MongoProblem(string url) => MongoStorage.UrlProblem(url);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MongoStorage OpenMongo(Settings settings, Expiry expiry) => new(
        settings.RequiredText(CenterSettings.StorageUrl), TimeProvider.System, expiry == Expiry.Never ? null : CenterSettings.Retain(settings), expiry == Expiry.AsBefore);
}

/// <summary>When a server that removes old things by itself does so.</summary>
internal enum Expiry
{
    /// <summary>As it was told by those who came before: for commands, whose settings may not be the center's.</summary>
    AsBefore,

    /// <summary>As the settings say.</summary>
    AsSet,

    /// <summary>Not while a fleet is brought in or carried away: what went meanwhile would be missing in the comparison at the end. The center's next
    /// start says anew how long things are kept.</summary>
    Never,
}
