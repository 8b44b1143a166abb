using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>A database of a test's own on the shared server.</summary>
internal static class MongoStores
{
    private static int s_serial;

    /// <remarks>Nothing expires in it: the server's clock is not that of the tests.</remarks>
    public static async ValueTask<TestStores> OpenAsync(Topology topology)
    {
        var server = await MongoServer.SharedAsync(topology);
        var storage = new MongoStorage(server.UrlOf(NewName()), new FakeTimeProvider(Build.Now), expiry: null);
        await storage.MigrateAsync(TestContext.Current.CancellationToken);
        var services = new ServiceCollection();
        storage.AddStores(services);
        return new TestStores(
            services.BuildServiceProvider(),
            async () =>
            {
                await storage.Database.Client.DropDatabaseAsync(storage.Database.DatabaseNamespace.DatabaseName);
                storage.Dispose();
            });
    }

    public static string NewName() => $"nerve_test_{Environment.ProcessId}_{Interlocked.Increment(ref s_serial)}";
}
