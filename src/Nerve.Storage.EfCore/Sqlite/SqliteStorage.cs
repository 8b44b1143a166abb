using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore.Sqlite;

public static class SqliteStorage
{
    public const string FileName = "nerve.db";

    /// <summary>Every store of the server, on this database.</summary>
    public static void AddSqliteStorage(this IServiceCollection services, SqliteDatabase database)
    {
        services.AddSingleton(database);
        services.AddSingleton<Database>(database);
        services.AddSingleton<IAgentStore, EfAgentStore>();
        services.AddSingleton<IUserStore, EfUserStore>();
        services.AddSingleton<ITokenStore, EfTokenStore>();
        services.AddSingleton<IHeartbeatStore, SqliteHeartbeatStore>();
        services.AddSingleton<IMetricStore, EfMetricStore>();
        services.AddSingleton<IInventoryStore, EfInventoryStore>();
        services.AddSingleton<ITaskStore, EfTaskStore>();
    }
}
