using Microsoft.Extensions.DependencyInjection;

namespace Nerve.Storage.EfCore.Sqlite;

public static class SqliteStorage
{
    public const string FileName = "nerve.db";

    /// <summary>Every store of the server, on this database.</summary>
    public static void AddSqliteStorage(this IServiceCollection services, SqliteDatabase database) => database.AddStores(services);
}
