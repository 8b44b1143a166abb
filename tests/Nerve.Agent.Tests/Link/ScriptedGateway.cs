using System.Threading.Channels;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Link;

/// <summary>A center without a network: answers as told, and shows what it was sent.</summary>
internal sealed class ScriptedGateway : IAgentGateway
{
    private readonly Channel<Heartbeat> _heartbeats = Channel.CreateUnbounded<Heartbeat>();
    private readonly Channel<Inventory> _inventories = Channel.CreateUnbounded<Inventory>();

    private readonly Channel<InventoryUpdate> _updates = Channel.CreateUnbounded<InventoryUpdate>();

    public AgentSettings Settings { get; set; } = new(30, 10);

    public Func<Heartbeat, Task<HeartbeatReply>>? OnHeartbeat { get; set; }

    public Func<Inventory, Task<ReportReply>>? OnInventory { get; set; }

    public Func<InventoryUpdate, Task<ReportReply>>? OnUpdate { get; set; }

    public Func<RunOutput, Task<OutputReply>>? OnOutput { get; set; }

    public async Task<Heartbeat> NextHeartbeatAsync() =>
        await _heartbeats.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async Task<Inventory> NextInventoryAsync() =>
        await _inventories.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async Task<InventoryUpdate> NextUpdateAsync() =>
        await _updates.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public bool HasHeartbeat => _heartbeats.Reader.Count > 0;

    public bool HasInventory => _inventories.Reader.Count > 0;

    public bool HasUpdate => _updates.Reader.Count > 0;

    public Task<HelloReply> Hello(Hello hello) => Task.FromResult(new HelloReply(1, Settings, false, []));

    public Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat)
    {
        _heartbeats.Writer.TryWrite(heartbeat);
        return OnHeartbeat?.Invoke(heartbeat) ?? Task.FromResult(new HeartbeatReply(false, Settings));
    }

    public Task<ReportReply> ReportInventory(Inventory inventory)
    {
        _inventories.Writer.TryWrite(inventory);
        return OnInventory?.Invoke(inventory) ?? Task.FromResult(ReportReply.Ok);
    }

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update)
    {
        _updates.Writer.TryWrite(update);
        return OnUpdate?.Invoke(update) ?? Task.FromResult(ReportReply.Ok);
    }

    public Task<ReportReply> ReportRunStarted(RunStarted started) => Task.FromResult(ReportReply.Ok);

    public Task<OutputReply> ReportRunOutput(RunOutput output) =>
        OnOutput?.Invoke(output) ?? Task.FromResult(new OutputReply(true, output.Offset + output.Data.Length));

    public Task<ReportReply> ReportRunFinished(RunFinished finished) => Task.FromResult(ReportReply.Ok);

    public Task Goodbye(Goodbye goodbye) => Task.CompletedTask;
}
