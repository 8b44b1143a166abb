using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>What the fleet has and how busy it is, over all of its hosts, however many a list would show.</summary>
public sealed class FleetSummaryTests : IAsyncLifetime
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent", "memory.used_percent", "load.1m"]);
    private static readonly MachineFacts s_large = MachineFacts.None with { CpuThreads = 128, MemoryBytes = 1L << 40, GpuCount = 8 };

    private TestCenter _center = null!;
    private HttpClient _viewer = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync();
        _viewer = _center.Client(Role.Viewer);
    }

    public async ValueTask DisposeAsync()
    {
        _viewer.Dispose();
        await _center.DisposeAsync();
    }

    [Fact]
    public async Task Summary_OfALargeFleet_CountsEveryHostThatIsOnline()
    {
        Add(200, AgentStatus.Online, s_large, 100, 50, 64);
        Add(1000, AgentStatus.Online, s_large, 10, null, 4);
        Add(300, AgentStatus.Offline, s_large, 90, 90, 90);
        Add(10, AgentStatus.Online, MachineFacts.None);

        var summary = await _viewer.GetJsonAsync("/api/v1/agents/summary");

        Assert.Equal((1510, 1210), (summary.GetProperty("total").GetInt32(), summary.GetProperty("online").GetInt32()));
        Assert.Equal(
            $$"""{"cpuThreads":{{1200 * 128}},"memoryBytes":{{1200L << 40}},"gpuCount":{{1200 * 8}}}""", summary.GetProperty("capacity").GetRawText());
        Assert.Equal(
            """{"cpu.used_percent":{"mean":25,"agents":1200},"memory.used_percent":{"mean":50,"agents":200},"load.1m":{"mean":14,"agents":1200}}""",
            summary.GetProperty("averages").GetRawText());
    }

    [Fact]
    public async Task Summary_NobodyOnlineHasReported_InventsNoNumbers()
    {
        Add(1, AgentStatus.Online, MachineFacts.None);
        Add(1, AgentStatus.Offline, s_large, 90, 90, 90);

        var summary = await _viewer.GetJsonAsync("/api/v1/agents/summary");

        Assert.Equal("{}", summary.GetProperty("capacity").GetRawText());
        Assert.Equal("{}", summary.GetProperty("averages").GetRawText());
    }

    [Fact]
    public async Task Summary_HostsWithoutGpus_HaveNone()
    {
        Add(2, AgentStatus.Online, s_large with { GpuCount = 0 });

        var summary = await _viewer.GetJsonAsync("/api/v1/agents/summary");

        Assert.Equal(0, summary.GetProperty("capacity").GetProperty("gpuCount").GetInt32());
    }

    private void Add(int count, AgentStatus status, MachineFacts facts, params double?[] values)
    {
        var directory = _center.Get<AgentDirectory>();
        var now = _center.Get<TimeProvider>().UtcMilliseconds();
        for (var i = 0; i < count; i++)
        {
            var id = Guid.CreateVersion7();
            directory.Put(new Server.Agents.Agent
            {
                Id = id,
                Hostname = $"n{i}",
                CredentialHash = $"{id:N}",
                EnrolledAt = now,
                Status = status,
                StatusSince = now,
                Facts = facts,
            });
            if (values.Length > 0)
            {
                directory.SetSeen(id, now, new LatestValues(now, s_schema, values));
            }
        }
    }
}
