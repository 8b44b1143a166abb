using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>Five machines: four in Shanghai and Beijing, one of which has left; one of which nothing is known.</summary>
public sealed class SmallFleet : IAsyncLifetime
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent", "memory.used_percent", "load.1m"]);

    internal TestCenter Center { get; private set; } = null!;

    internal HttpClient Viewer { get; private set; } = null!;

    internal List<ScriptedAgent> Agents { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Center = await TestCenter.StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow)); // nobody falls silent while the tests last
        Viewer = Center.Client(Role.Viewer);
        await AddAsync("sh-01", "shanghai", 128, 512, ("site", "shanghai"), ("rack", "r1"));
        await AddAsync("sh-02", "shanghai", 64, 256, ("site", "shanghai"), ("rack", "r2"), ("maintenance", ""));
        await AddAsync("bj-01", "beijing", 8, 32, ("site", "beijing"));
        await AddAsync("BJ-02", "beijing", 256, 1024, ("site", "beijing"), ("rack", "r1"));
        Agents.Add(await Center.EnrolAsync("new-01"));
        await Agents[1].LeaveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Viewer.Dispose();
        foreach (var agent in Agents)
        {
            await agent.DisposeAsync();
        }

        await Center.DisposeAsync();
    }

    internal async Task<string> NamesAsync(string query) => string.Join(' ', Names(await Viewer.GetJsonAsync("/api/v1/agents?" + query)));

    internal static IEnumerable<string> Names(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(agent => agent.GetProperty("hostname").GetString()!);

    private async Task AddAsync(string hostname, string cluster, int threads, long gibibytes, params (string Key, string Value)[] labels)
    {
        var agent = await Center.EnrolAsync(hostname);
        Agents.Add(agent);
        agent.Cluster = cluster;
        foreach (var (key, value) in labels)
        {
            agent.Labels[key] = value;
        }

        await agent.ConnectAsync();
        await agent.ReportInventory(new Inventory
        {
            Cpu = new CpuInfo { Model = "AMD EPYC 9654", Threads = threads },
            Memory = new MemoryInfo { TotalBytes = gibibytes << 30 },
            Gpus = threads < 64 ? [] : [new GpuInfo { Index = 0, Vendor = "NVIDIA", Model = threads == 64 ? "NVIDIA A100-SXM4-80GB" : "NVIDIA H100 80GB HBM3" }],
            Network = [new NetworkInterfaceInfo { Name = "eth0", Addresses = [$"10.0.0.{threads % 255}/24", "fe80::1/64"] }],
        });
        await agent.Heartbeat(new Heartbeat(1, s_schema, [new MetricSample(Center.Get<TimeProvider>().GetUtcNow(), s_schema.Id, [threads / 4.0, gibibytes / 16.0, 300.0 / threads])]));
    }
}
