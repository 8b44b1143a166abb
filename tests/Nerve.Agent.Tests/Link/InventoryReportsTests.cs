using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Tests.Link;

public sealed class InventoryReportsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedGateway _center = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly InventoryWatch _watch;
    private readonly InventoryReports _reports;
    private Inventory _machine = new() { Host = new HostInfo { Hostname = "a" } };

    public InventoryReportsTests()
    {
        _watch = new InventoryWatch(() => _machine with { CollectedAt = _time.GetUtcNow() }, _time, NullLogger<InventoryWatch>.Instance);
        _reports = new InventoryReports(_watch, NullLogger<InventoryReports>.Instance);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public async Task RunAsync_NewAndChangedInventory_IsSentOnceEach()
    {
        Start();
        Assert.Equal("a", (await _center.NextInventoryAsync()).Host.Hostname);

        await PassFiveMinutesAsync();
        Assert.False(_center.HasInventory);

        _machine = new Inventory { Host = new HostInfo { Hostname = "b" } };
        await PassFiveMinutesAsync();
        Assert.Equal("b", (await _center.NextInventoryAsync()).Host.Hostname);
        await SettleAsync();
        Assert.Equal(_machine.Hash(), _watch.AcknowledgedHash);
    }

    [Fact]
    public async Task RunAsync_CenterLostIt_SendsItAgain()
    {
        Start();
        await _center.NextInventoryAsync();
        await SettleAsync();

        _ = _reports.RunAsync(_center, wanted: true, _stop.Token);

        await _center.NextInventoryAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_CenterRefusesIt_DoesNotRepeatItInALoop(bool throws)
    {
        _center.OnInventory = _ => throws
            ? Task.FromException<ReportReply>(new HubException("storage.unavailable: no"))
            : Task.FromResult(ReportReply.Refused("inventory.invalid"));
        Start();

        await _center.NextInventoryAsync();
        await SettleAsync();

        Assert.False(_center.HasInventory);
        Assert.Null(_watch.AcknowledgedHash);
    }

    [Fact]
    public async Task RunAsync_CollectorThrows_TriesAgainLater()
    {
        var attempts = 0;
        var watch = new InventoryWatch(
            () => attempts++ == 0 ? throw new IOException("sick") : _machine, _time, NullLogger<InventoryWatch>.Instance);
        _ = watch.RunAsync(_stop.Token);
        await SettleAsync();
        Assert.Null(watch.Latest);

        // However long this machine takes over the first failure.
        for (var i = 0; i < 100 && watch.Latest is null; i++)
        {
            await PassFiveMinutesAsync();
        }

        Assert.NotNull(watch.Latest);
    }

    private void Start()
    {
        _ = _watch.RunAsync(_stop.Token);
        _ = _reports.RunAsync(_center, wanted: false, _stop.Token);
    }

    private async Task PassFiveMinutesAsync()
    {
        await SettleAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await SettleAsync();
    }

    private static async Task SettleAsync() => await Task.Delay(50, TestContext.Current.CancellationToken);
}
