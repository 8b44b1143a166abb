using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A database of a test's own on the shared server, copied from a migrated one.</summary>
internal static class PostgresStores
{
    private static readonly SemaphoreSlim s_template = new(1, 1);
    private static string? s_templateName;
    private static int s_serial;

    public static async ValueTask<TestStores> OpenAsync(TimeProvider? time = null)
    {
        var (server, name) = await CreateAsync();
        var database = new PostgresDatabase(server.UrlOf(name), time ?? new FakeTimeProvider(Build.Now));
        var services = new ServiceCollection();
        database.AddStores(services);
        return new TestStores(
            services.BuildServiceProvider(),
            async () =>
            {
                database.Dispose();
                await server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
            });
    }

    /// <summary>A migrated database, with the days around <see cref="Build.Now"/> prepared.</summary>
    public static async Task<(PostgresServer Server, string Name)> CreateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = NewName();
        await s_template.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            s_templateName ??= await MigrateTemplateAsync(server);
            await server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {s_templateName}");
        }
        finally
        {
            s_template.Release();
        }

        return (server, name);
    }

    public static string NewName() => $"nerve_test_{Environment.ProcessId}_{Interlocked.Increment(ref s_serial)}";

    private static async Task<string> MigrateTemplateAsync(PostgresServer server)
    {
        var name = NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        using var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now));
        await database.MigrateAsync(TestContext.Current.CancellationToken);
        return name;
    }
}
