using Nerve.Configuration;
using Nerve.Server.Shared;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;
using Nerve.Storage.MongoDb;

namespace Nerve.Center;

/// <summary>A database named on a command line: <c>sqlite:FILE</c>, a PostgreSQL or MongoDB URL without a password, or <c>env:NAME</c> or
/// <c>file:PATH</c> for one that holds it, since everybody on the machine can read command lines.</summary>
internal static class StoreAddress
{
    private const string Forms = "write sqlite:FILE, a postgres:// or mongodb:// URL, or env:NAME or file:PATH of one with a password in it";

    /// <summary>One to read, left as it is: it must be there and have this program's schema.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    public static Task<IStorage> OpenSourceAsync(string option, string address, CancellationToken cancellationToken) =>
        Resolve(option, address).Split(':', 2) is ["sqlite", var path] && !File.Exists(path)
            ? throw new StartException($"{option}: the file {path} does not exist.")
            : OpenAsync(option, address, storage => Offline.EnsureCurrentAsync(storage, cancellationToken));

    /// <summary>Opened and brought up to this program's schema. Nothing expires in it, see <see cref="Expiry.Never"/>.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    public static Task<IStorage> OpenAsync(string option, string address, CancellationToken cancellationToken) =>
        OpenAsync(option, address, storage => storage.MigrateAsync(cancellationToken));

    private static async Task<IStorage> OpenAsync(string option, string address, Func<IStorage, Task> prepare)
    {
        var storage = Create(option, Resolve(option, address));
        try
        {
            await prepare(storage);
            return storage;
        }
        catch (Exception problem) when (problem is DatabaseException or StartException)
        {
            storage.Dispose();
            throw new StartException($"{option}: {problem.Message}", inner: problem);
        }
    }

    private static string Resolve(string option, string address)
    {
        var (kind, rest) = address.Split(':', 2) is [var first, var second] ? (first, second) : ("", address);
        if (kind == "env")
        {
            return ProcessEnvironment.Variables().TryGetValue(rest, out var value) && value.Length > 0
                ? value
                : throw new StartException($"{option}: the variable {rest} is not set.");
        }

        if (kind == "file")
        {
            return File.Exists(rest) ? File.ReadAllText(rest).Trim() : throw new StartException($"{option}: the file {rest} does not exist.");
        }

        return kind != "sqlite" && rest.Split('/', 4) is ["", "", var authority, ..] && authority.LastIndexOf('@') is var at and > 0 && authority[..at].Contains(':', StringComparison.Ordinal)
            ? throw new StartException($"{option}: the URL has a password in it, which everybody on this machine could read; put it into a variable or a file and write env:NAME or file:PATH.")
            : address;
    }

    private static IStorage Create(string option, string address)
    {
        try
        {
            return address.Split(':', 2) switch
            {
                ["sqlite", { Length: > 0 } path] => new SqliteDatabase(Path.GetFullPath(path)),
                ["postgres" or "postgresql", _] => new PostgresDatabase(address, TimeProvider.System),
                ["mongodb" or "mongodb+srv", _] => new MongoStorage(address, TimeProvider.System, expiry: null),
                _ => throw new DatabaseException($"is no database; {Forms}."),
            };
        }
        catch (DatabaseException problem)
        {
            throw new StartException($"{option} {problem.Message}", inner: problem);
        }
    }
}
