using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Tests.Link;

public sealed class InventoryReportsTests : IDisposable
{
    private readonly WaitedTime _time = new();
    private readonly ScriptedGateway _center = new();
    private readonly CancellationTokenSource _stop = new();
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(5);
    private readonly InventoryWatch _watch;
    private readonly InventoryReports _reports;
    private Inventory _machine = new() { Host = new HostInfo { Hostname = "a" } };

    public InventoryReportsTests()
    {
        _watch = new InventoryWatch(() => _machine with { CollectedAt = _time.GetUtcNow() }, Every(s_period), _time, NullLogger<InventoryWatch>.Instance);
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
        var update = await _center.NextUpdateAsync();
        Assert.Equal("host", Assert.Single(update.Sections.Keys));
        Assert.Equal("b", update.Sections["host"].GetProperty("hostname").GetString());
        Assert.Equal(InventorySections.HashesOf(_machine), update.Hashes);
        await SettleAsync();
        Assert.Equal(_machine.Hash(), _watch.Acknowledged?.Hash);
        Assert.False(_center.HasInventory);
    }

    [Fact]
    public async Task RunAsync_IdleMachine_SendsItOnceAndAgainAfterADay()
    {
        var waiting = _time.NextTimer;
        Start();
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await _center.NextInventoryAsync();
        for (var minutes = 5; minutes < 24 * 60; minutes += 5)
        {
            await LookAgainAsync();
        }

        await SettleAsync();
        Assert.False(_center.HasInventory);
        Assert.False(_center.HasUpdate);

        await LookAgainAsync();

        Assert.Equal(_time.GetUtcNow(), (await _center.NextInventoryAsync()).CollectedAt);
        Assert.False(_center.HasUpdate);
    }

    [Fact]
    public async Task RunAsync_SectionsAreRefused_SendsTheWhole()
    {
        _center.OnUpdate = _ => Task.FromResult(ReportReply.Refused(ProblemCodes.InventoryBase));
        Start();
        await _center.NextInventoryAsync();
        await SettleAsync();

        _machine = new Inventory { Host = new HostInfo { Hostname = "b" } };
        await PassFiveMinutesAsync();

        await _center.NextUpdateAsync();
        Assert.Equal("b", (await _center.NextInventoryAsync()).Host.Hostname);
        await SettleAsync();
        Assert.Equal(_machine.Hash(), _watch.Acknowledged?.Hash);
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
        Assert.Null(_watch.Acknowledged);
    }

    [Fact]
    public async Task RunAsync_CollectorThrows_TriesAgainLater()
    {
        var attempts = 0;
        var watch = new InventoryWatch(
            () => attempts++ == 0 ? throw new IOException("sick") : _machine, Every(s_period), _time, NullLogger<InventoryWatch>.Instance);
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

    private Rhythm Every(TimeSpan period) => new(_time, Rhythm.Wish(TimeSpan.FromSeconds(30), period));

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

    /// <summary>Lets time pass until the next look has been taken and the one after it is waited for.</summary>
    private async Task LookAgainAsync()
    {
        var waiting = _time.NextTimer;
        _time.Advance(s_period);
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private static async Task SettleAsync() => await Task.Delay(50, TestContext.Current.CancellationToken);

    /// <summary>Time that says when somebody begins to wait for it.</summary>
    private sealed class WaitedTime : FakeTimeProvider
    {
        private readonly ChangeSignal _timers = new();

        public Task NextTimer => _timers.Next;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _timers.Raise();
            return timer;
        }
    }
}
