using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Retention;
using Nerve.Storage.EfCore;

namespace Nerve.Bench.Scenarios;

/// <summary>10,000 hosts with all that the table shows, and of seventeen of them a week of samples every ten seconds: a million, rolled up.</summary>
internal sealed class LargeFleet
{
    private const int Agents = 10_000;
    private const int WithHistory = 17;
    private const int Series = 40;

    private static readonly MetricSchema s_schema = MetricSchema.Of(
        [.. AgentSummary.ListedSeries, .. Enumerable.Range(1, Series - 3).Select(i => $"disk.busy_percent{{disk=\"sd{i}\"}}")]);

    private static readonly string[] s_gpus = ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB", "AMD Instinct MI300X"];

    private readonly DateTimeOffset _now;
    private readonly List<Server.Agents.Agent> _agents;

    public LargeFleet(DateTimeOffset now)
    {
        _now = now;
        _agents = [.. Enumerable.Range(0, Agents).Select(AgentOf)];
    }

    /// <summary>One with history.</summary>
    public Guid First => _agents[0].Id;

    public async Task FillAsync(Database database, CancellationToken cancellationToken)
    {
        await database.MigrateAsync(cancellationToken);
        var services = new ServiceCollection();
        database.AddStores(services);
        await using var stores = services.BuildServiceProvider();
        foreach (var some in _agents.Chunk(1000))
        {
            await ((IPortableStorage)database).ImportAsync(some, cancellationToken);
        }

        var metrics = stores.GetRequiredService<IMetricStore>();
        await metrics.AddSchemaAsync(s_schema, cancellationToken);
        await WriteAsync(stores.GetRequiredService<IHeartbeatStore>(), cancellationToken);
        await new RollUpJob(metrics, stores.GetRequiredService<IRollUpStore>(), new SchemaCatalogue(metrics), new RetentionSettings(), TimeProvider.System)
            .RunAsync(cancellationToken);
    }

    private async Task WriteAsync(IHeartbeatStore heartbeats, CancellationToken cancellationToken)
    {
        foreach (var agent in _agents[..WithHistory])
        {
            foreach (var moments in Enumerable.Range(1, 7 * 8640).Select(i => _now.AddSeconds(-10 * i)).Chunk(5000))
            {
                var hours = moments.Select(Hours.Of).Distinct().Select(hour => new StaleHour(agent.Id, hour, _now.AddHours(-1))).ToList();
                await heartbeats.WriteAsync([new HeartbeatWrite(agent.Id, _now, [.. moments.Select(at => Sample(at, 0))]) { StaleHours = hours }], cancellationToken);
            }
        }

        foreach (var some in _agents.Select((agent, i) => new HeartbeatWrite(agent.Id, _now.AddSeconds(-i % 60), [Sample(_now, i)])).Chunk(500))
        {
            await heartbeats.WriteAsync(some, cancellationToken);
        }
    }

    private Server.Agents.Agent AgentOf(int i) => new()
    {
        Id = Guid.CreateVersion7(_now.AddMilliseconds(i)),
        Hostname = $"host-{i:00000}",
        CredentialHash = $"{i:x64}",
        ReportedCluster = $"cluster-{i % 7}",
        ReportedLabels = new Dictionary<string, string> { ["rack"] = $"r{i % 10}", ["role"] = i % 3 == 0 ? "train" : "serve" },
        AgentVersion = "0.1.0",
        EnrolledAt = _now,
        StatusSince = _now,
        Status = AgentStatus.Offline,
        Facts = new MachineFacts(
            "Ubuntu 24.04.1 LTS", "6.8.0-48-generic", "x86_64", "Intel(R) Xeon(R) Platinum 8480C", 224, 2L << 40, s_gpus[i % 3], 8,
            [$"10.{i >> 8}.{i & 255}.7/24", $"fd00::{i:x}/64"]),
    };

    private static MetricSample Sample(DateTimeOffset at, int shift) => new(
        at, s_schema.Id, [.. Enumerable.Range(0, Series).Select(i => (double?)(50 + (40 * Math.Sin((at.ToUnixTimeSeconds() / 3600.0) + i + shift))))]);
}
