using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Inventories;

public sealed class InventoryTests : IAsyncLifetime
{
    private readonly TestClock _time = new() { Wall = DateTimeOffset.UtcNow };
    private TestCenter _center = null!;
    private HttpClient _viewer = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time);
        _viewer = _center.Client(Role.Viewer);
    }

    public async ValueTask DisposeAsync()
    {
        _viewer.Dispose();
        await _center.DisposeAsync();
    }

    [Fact]
    public async Task Get_BeforeAnyReport_IsNotFound()
    {
        await using var agent = await _center.JoinAsync();

        await (await _viewer.GetAsync($"/api/v1/agents/{agent.Id}/inventory", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "inventory.none");
    }

    [Fact]
    public async Task Report_IsReadBackWhole_AndListsShowItsFacts()
    {
        await using var agent = await _center.JoinAsync();

        Assert.True((await agent.ReportInventory(Machine("AMD EPYC 9654", gpus: 8))).Accepted);

        var inventory = await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory");
        Assert.Equal("AMD EPYC 9654", inventory.GetProperty("cpu").GetProperty("model").GetString());
        Assert.Equal(JsonValueKind.Null, inventory.GetProperty("cpu").GetProperty("vendor").ValueKind);
        Assert.Equal(8, inventory.GetProperty("gpus").GetArrayLength());
        var shown = await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}");
        Assert.Equal(("Ubuntu 24.04", "6.8.0", "NVIDIA H100", 8, 1L << 40), (
            shown.GetProperty("os").GetString(), shown.GetProperty("kernel").GetString(), shown.GetProperty("gpuModel").GetString(),
            shown.GetProperty("gpuCount").GetInt32(), shown.GetProperty("memoryBytes").GetInt64()));
        Assert.Equal(["10.1.0.7/16"], shown.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()));
    }

    [Fact]
    public async Task History_KeepsChanges_AndNotRepetitions()
    {
        await using var agent = await _center.JoinAsync();
        foreach (var gpus in new[] { 8, 8, 7, 7, 8 })
        {
            await agent.ReportInventory(Machine("AMD EPYC 9654", gpus) with { CollectedAt = _time.GetUtcNow() });
            _time.Advance(TimeSpan.FromHours(1));
        }

        var history = await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/history");
        var versions = history.GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(3, history.GetProperty("total").GetInt32());
        Assert.Equal([true, false, false], versions.Select(version => version.GetProperty("current").GetBoolean()));
        var times = versions.Select(version => version.GetProperty("collectedAt").GetDateTimeOffset()).ToList();
        Assert.Equal([TimeSpan.FromHours(2), TimeSpan.FromHours(2)], times.Zip(times.Skip(1), (later, earlier) => later - earlier));
        Assert.Equal(versions[0].GetProperty("hash").GetString(), versions[2].GetProperty("hash").GetString());
        Assert.NotEqual(versions[0].GetProperty("hash").GetString(), versions[1].GetProperty("hash").GetString());
    }

    [Fact]
    public async Task History_ByPage_ShowsEachOnce()
    {
        await using var agent = await _center.JoinAsync();
        for (var gpus = 0; gpus < 5; gpus++)
        {
            await agent.ReportInventory(Machine("CPU", gpus));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        var hashes = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/history?limit=2&cursor={cursor}");
            hashes.AddRange(page.GetProperty("items").EnumerateArray().Select(version => version.GetProperty("hash").GetString()));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(5, hashes.Count);
        Assert.Equal(5, hashes.Distinct().Count());
    }

    [Fact]
    public async Task Report_OfNewReadingsOnly_IsShownAndIsNoChange()
    {
        await using var agent = await _center.JoinAsync();
        Inventory Worn(long hours) => new() { Disks = [new DiskInfo { Name = "sda", Smart = new SmartInfo { Available = true, PowerOnHours = hours } }] };
        await agent.ReportInventory(Worn(100));
        _time.Advance(TimeSpan.FromDays(1));

        await agent.ReportInventory(Worn(124));

        var disk = (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory")).GetProperty("disks")[0];
        Assert.Equal(124, disk.GetProperty("smart").GetProperty("powerOnHours").GetInt64());
        Assert.Equal(1, (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/history")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task History_OfAMachineThatLosesAGpu_SaysSo()
    {
        await using var agent = await _center.JoinAsync();
        await agent.ReportInventory(Machine("CPU", gpus: 8));
        _time.Advance(TimeSpan.FromHours(1));
        await agent.ReportInventory(Machine("CPU", gpus: 7));

        var moments = (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/history")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal("gpus", Assert.Single(moments[0].GetProperty("sections").EnumerateArray()).GetString());
        Assert.Equal("GPU 7 removed", Assert.Single(moments[0].GetProperty("changes").EnumerateArray()).GetProperty("label").GetString());
        Assert.Equal(moments[1].GetProperty("collectedAt").GetString(), moments[0].GetProperty("previous").GetString());
        Assert.Equal((JsonValueKind.Null, 0), (moments[1].GetProperty("previous").ValueKind, moments[1].GetProperty("changeCount").GetInt32()));
    }

    [Fact]
    public async Task Changes_BetweenTwoMoments_AreThoseOfTheInventoriesThatHeld()
    {
        await using var agent = await _center.JoinAsync();
        var start = _time.GetUtcNow();
        foreach (var gpus in new[] { 8, 7, 6 })
        {
            await agent.ReportInventory(Machine("CPU", gpus));
            _time.Advance(TimeSpan.FromHours(1));
        }

        async Task<string> LabelsAsync(string query) => string.Join("; ",
            (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/changes{query}")).GetProperty("items").EnumerateArray()
                .Select(change => change.GetProperty("label").GetString()));
        string At(double hours) => Uri.EscapeDataString(start.AddHours(hours).ToString("O"));

        Assert.Equal("GPU 6 removed", await LabelsAsync(""));
        Assert.Equal("GPU 6 removed; GPU 7 removed", await LabelsAsync($"?from={At(0.5)}"));
        Assert.Equal("GPU 7 removed", await LabelsAsync($"?from={At(0.5)}&to={At(1.5)}"));
        Assert.Equal("", await LabelsAsync($"?from={At(1.1)}&to={At(1.9)}"));
        var changes = $"/api/v1/agents/{agent.Id}/inventory/changes";
        await (await _viewer.GetAsync($"{changes}?from={At(-1)}", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "inventory.none");
        await (await _viewer.GetAsync($"{changes}?from={At(2)}&to={At(1)}", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task Sections_ThatChanged_TakeThePlaceOfTheOldOnes()
    {
        await using var agent = await _center.JoinAsync();
        var before = Machine("CPU", 8);
        var after = before with { Gpus = before.Gpus.Take(7).ToList(), CollectedAt = before.CollectedAt.AddHours(1) };
        await agent.ReportInventory(before);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.True((await agent.ReportInventorySections(Update(after, "gpus"))).Accepted);

        var stored = await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory");
        Assert.Equal((7, "CPU"), (stored.GetProperty("gpus").GetArrayLength(), stored.GetProperty("cpu").GetProperty("model").GetString()));
        Assert.Equal(7, (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}")).GetProperty("gpuCount").GetInt32());
        Assert.True((await agent.ReportInventorySections(Update(after, "gpus"))).Accepted);
        Assert.Equal(2, (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory/history")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Sections_ThatDoNotFit_AreRefusedAndChangeNothing()
    {
        await using var agent = await _center.JoinAsync();
        var after = Machine("other CPU", 7);

        Assert.Equal(ProblemCodes.InventoryBase, (await agent.ReportInventorySections(Update(after, "gpus"))).Code);
        await agent.ReportInventory(Machine("CPU", 8));
        Assert.Equal(ProblemCodes.InventoryBase, (await agent.ReportInventorySections(Update(after, "gpus"))).Code);
        var broken = Update(after, "gpus") with { Sections = new Dictionary<string, JsonElement> { ["gpus"] = JsonElement.Parse("7") } };
        var fault = await Assert.ThrowsAsync<HubException>(() => agent.ReportInventorySections(broken));

        Assert.Contains("request.invalid: sections", fault.Message, StringComparison.Ordinal);
        Assert.Equal(8, (await _viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/inventory")).GetProperty("gpus").GetArrayLength());
    }

    [Fact]
    public async Task Hello_WithTheCurrentHash_IsNotAskedForTheInventoryAgain()
    {
        await using var agent = await _center.JoinAsync();
        Assert.True(agent.Greeting!.InventoryWanted);
        var inventory = Machine("CPU", 1);
        await agent.ReportInventory(inventory);
        agent.InventoryHash = inventory.Hash();

        Assert.False((await agent.ConnectAsync()).InventoryWanted);
        agent.InventoryHash = new string('0', 64);
        Assert.True((await agent.ConnectAsync()).InventoryWanted);
    }

    [Fact]
    public async Task Report_WithNothingWhereAThingShouldBe_IsRefusedByName()
    {
        await using var agent = await _center.JoinAsync();

        var fault = await Assert.ThrowsAsync<HubException>(() => agent.ReportInventory(new Inventory { Gpus = [null!] }));

        Assert.Contains("request.invalid: gpus", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inventory_SurvivesARestartOfTheCenter()
    {
        await using var agent = await _center.JoinAsync();
        await agent.ReportInventory(Machine("AMD EPYC 9654", 8));
        await agent.SendAsync(_time.GetUtcNow(), ("cpu.used_percent", 12));

        _center = await _center.StartAgainAsync(_time);

        await Eventually.HoldsAsync(() => _center.Get<AgentDirectory>().IsMeasured(agent.Id));
        using var viewer = _center.Client(Role.Viewer);
        var shown = await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}");
        Assert.Equal((8, 12.0), (shown.GetProperty("gpuCount").GetInt32(), shown.GetProperty("metrics").GetProperty("cpu.used_percent").GetDouble()));
    }

    private static InventoryUpdate Update(Inventory inventory, params string[] sections) =>
        new(inventory.CollectedAt, InventorySections.HashesOf(inventory), InventorySections.Pick(inventory, sections));

    private static Inventory Machine(string cpu, int gpus) => new()
    {
        AgentVersion = "1.2.3",
        Host = new HostInfo { Hostname = "node", Kernel = "6.8.0", Arch = "x86_64", Os = new OsInfo("ubuntu", "Ubuntu", "24.04") },
        Cpu = new CpuInfo { Model = cpu, Threads = 384 },
        Memory = new MemoryInfo { TotalBytes = 1L << 40 },
        Gpus = [.. Enumerable.Range(0, gpus).Select(index => new GpuInfo { Index = index, Vendor = "nvidia", Model = "NVIDIA H100" })],
        Network =
        [
            new NetworkInterfaceInfo { Name = "lo", Type = "loopback", Addresses = ["127.0.0.1/8"] },
            new NetworkInterfaceInfo { Name = "eth0", Type = "ethernet", Addresses = ["10.1.0.7/16", "fe80::1/64"] },
        ],
    };
}
