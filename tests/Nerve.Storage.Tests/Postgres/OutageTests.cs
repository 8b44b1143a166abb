using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A database that vanishes, and one that breaks connections and comes back.</summary>
public sealed class OutageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ConnectionsBreakInMidBatch_ThePipelineRepeatsAndNothingIsLostOrDoubled()
    {
        var (server, name) = await PostgresStores.CreateAsync();
        using var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now));
        var agent = Build.Agent();
        await database.WriteAsync(
            context =>
            {
                context.Agents.Add(agent);
                return context.SaveChangesAsync(Cancel);
            },
            Cancel);
        using var pipeline = new HeartbeatPipeline(new PostgresHeartbeatStore(database), TimeProvider.System, NullLogger<HeartbeatPipeline>.Instance)
        {
            Patience = TimeSpan.FromMinutes(2),
        };
        await pipeline.StartAsync(Cancel);

        var breaking = Task.Run(
            async () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    await server.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
                    await Task.Delay(50, Cancel);
                }
            },
            Cancel);
        for (var second = 0; second < 200; second++)
        {
            Assert.True(await pipeline.WriteAsync(Build.Heartbeat(agent.Id, Build.Now, Build.Sample(Build.Now.AddSeconds(second))), Cancel));
        }

        await breaking;
        await pipeline.StopAsync(Cancel);
        var stored = await new PostgresMetricStore(database, TimeProvider.System).ReadAsync(
            agent.Id, Build.Now, Build.Now.AddHours(1), 1000, Cancel);
        Assert.Equal(Enumerable.Range(0, 200).Select(second => Build.Now.AddSeconds(second)), stored.Select(sample => sample.At));
    }

    /// <summary>What the server made of the last word, nobody heard: that is not to be told as "nothing was changed".</summary>
    [Fact]
    public async Task Write_TheConnectionBreaksBeforeTheCommitIsAnswered_SaysThatItIsUncertain()
    {
        var (server, name) = await PostgresStores.CreateAsync();
        using var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now));

        await Assert.ThrowsAsync<UncertainCommitException>(() => database.WriteAsync(
            async context =>
            {
                context.Agents.Add(Build.Agent());
                await context.SaveChangesAsync(Cancel);
                await server.ExecuteAsync($"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");
            },
            Cancel));
    }

    [Fact]
    public async Task Write_TheServerIsGoneForGood_FailsTheCallerAfterItsPatience()
    {
        var server = await PostgresServer.StartAsync();
        using var database = new PostgresDatabase(server.UrlOf("postgres"), new FakeTimeProvider(Build.Now));
        await database.MigrateAsync(Cancel);
        using var pipeline = new HeartbeatPipeline(new PostgresHeartbeatStore(database), TimeProvider.System, NullLogger<HeartbeatPipeline>.Instance)
        {
            Patience = TimeSpan.FromSeconds(1),
        };
        await pipeline.StartAsync(Cancel);
        Assert.False(await pipeline.WriteAsync(Build.Heartbeat(Build.Id(), Build.Now), Cancel));

        await server.StopAsync();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => pipeline.WriteAsync(Build.Heartbeat(Build.Id(), Build.Now), Cancel));
        Assert.DoesNotContain(PostgresServer.Password, failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, pipeline.Failed);
        await pipeline.StopAsync(Cancel);
    }
}
