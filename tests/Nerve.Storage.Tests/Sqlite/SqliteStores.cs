using Microsoft.Extensions.DependencyInjection;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Storage.Tests.Sqlite;

/// <summary>A real SQLite file in a folder of a test's own.</summary>
internal static class SqliteStores
{
    public static async ValueTask<TestStores> OpenAsync()
    {
        var folder = Directory.CreateTempSubdirectory("nerve-sqlite-");
        var database = new SqliteDatabase(Path.Combine(folder.FullName, SqliteStorage.FileName));
        await database.MigrateAsync(TestContext.Current.CancellationToken);
        var services = new ServiceCollection();
        services.AddSqliteStorage(database);
        return new TestStores(
            services.BuildServiceProvider(),
            () =>
            {
                database.Dispose();
                folder.Delete(recursive: true);
                return ValueTask.CompletedTask;
            });
    }
}
