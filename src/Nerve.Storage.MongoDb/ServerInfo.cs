using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

/// <summary>What the server says of itself.</summary>
/// <param name="Version">Such as 7.0.14.</param>
/// <param name="HasTransactions">A member of a replica set, or a router of a sharded cluster.</param>
internal sealed record ServerInfo(string Version, bool HasTransactions)
{
    private const int OldestVersion = 7;

    public static async Task<ServerInfo> AskAsync(IMongoDatabase database, CancellationToken cancellationToken)
    {
        var build = await database.RunCommandAsync<BsonDocument>(new BsonDocument("buildInfo", 1), cancellationToken: cancellationToken);
        var hello = await database.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), cancellationToken: cancellationToken);
        return new ServerInfo(build["version"].AsString, hello.Contains("setName") || hello.GetValue("msg", "").AsString == "isdbgrid");
    }

    /// <exception cref="DatabaseException">It is too old.</exception>
    public void EnsureUsable(string name)
    {
        if (!int.TryParse(Version.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture, out var major) || major < OldestVersion)
        {
            throw new DatabaseException($"The server of {name} is MongoDB {Version}; Nerve needs {OldestVersion}.0 or later.");
        }
    }
}
