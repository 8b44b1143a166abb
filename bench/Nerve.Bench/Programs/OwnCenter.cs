using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Live;
using Nerve.Server.Metrics;
using Nerve.Storage.EfCore;

namespace Nerve.Bench.Programs;

/// <summary>The center's services in this process, called as its hub calls them, so that neither sockets nor the agents' own work are counted.</summary>
internal sealed class OwnCenter : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MetricSchema _schema;
    private readonly List<Guid> _agents = [];
    private readonly double?[] _values;

    private OwnCenter(WebApplication app, int values)
    {
        _app = app;
        _schema = MetricSchema.Of([.. Enumerable.Range(0, values).Select(i => $"disk.busy_percent{{disk=\"sd{i}\"}}")]);
        _values = [.. Enumerable.Range(0, values).Select(i => (double?)(i * 1.37))];
    }

    public static async Task<OwnCenter> StartAsync(Database database, string data, int agents, int values, CancellationToken cancellationToken)
    {
        await database.MigrateAsync(cancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        database.AddStores(builder.Services);
        builder.Services.AddNerveServer(new NerveServerOptions { DataDirectory = data, StorageName = database.Name, Version = "bench" });
        var center = new OwnCenter(builder.Build(), values);
        await center.FillAsync(agents, cancellationToken);
        await center.Get<LiveFeed>().StartAsync(cancellationToken);
        await center.Get<HeartbeatPipeline>().StartAsync(cancellationToken);
        return center;
    }

    /// <returns>Heartbeats a second that were acknowledged; each agent sends the next one then.</returns>
    public async Task<double> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(_agents.Select(agent => Task.Run(() => LiveAsync(agent, begun, duration, cancellationToken), cancellationToken)));
        return counts.Sum() / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await Get<HeartbeatPipeline>().StopAsync(CancellationToken.None);
        await Get<LiveFeed>().StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task<long> LiveAsync(Guid agent, long begun, TimeSpan duration, CancellationToken cancellationToken)
    {
        var heartbeats = Get<HeartbeatService>();
        var (sent, last) = (0L, DateTimeOffset.MinValue);
        while (Stopwatch.GetElapsedTime(begun) < duration)
        {
            var now = DateTimeOffset.UtcNow;
            last = now > last ? now : last.AddMilliseconds(1);
            _ = await heartbeats.TakeAsync(agent, new Heartbeat(++sent, null, [new MetricSample(last, _schema.Id, _values)]), cancellationToken)
                ?? throw new InvalidOperationException("The center does not know the agent.");
        }

        return sent;
    }

    private async Task FillAsync(int agents, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        for (var i = 0; i < agents; i++)
        {
            var agent = new Server.Agents.Agent
            {
                Id = Guid.CreateVersion7(),
                Hostname = $"host-{i:00000}",
                CredentialHash = $"{i:x64}",
                EnrolledAt = now,
                StatusSince = now,
            };
            await Get<IAgentStore>().AddAsync(agent, cancellationToken);
            _agents.Add(agent.Id);
        }

        await Get<FleetLoader>().LoadAsync(cancellationToken);
        await Get<SchemaCatalogue>().AddAsync(_schema, cancellationToken);
    }

    private T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();
}
