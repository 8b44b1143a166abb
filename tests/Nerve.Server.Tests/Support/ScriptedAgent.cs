using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;

namespace Nerve.Server.Tests.Support;

/// <summary>An agent that speaks the real protocol over a real socket and does exactly what the test says.</summary>
internal sealed class ScriptedAgent(Uri center, Guid id, string credential, string hostname, string? fingerprint) : IAgentGateway, IAsyncDisposable
{
    private readonly Channel<RunAssignment> _assignments = Channel.CreateUnbounded<RunAssignment>();
    private readonly Channel<RunCancel> _cancels = Channel.CreateUnbounded<RunCancel>();
    private readonly Channel<AgentSettings> _settings = Channel.CreateUnbounded<AgentSettings>();
    private HubConnection? _hub;

    public Guid Id { get; } = id;

    public string Credential { get; } = credential;

    public Uri Center { get; set; } = center;

    public string Hostname { get; set; } = hostname;

    public string? Fingerprint { get; set; } = fingerprint;

    public Dictionary<string, string> Labels { get; } = [];

    public string? Cluster { get; set; }

    /// <summary>The runs that its journal would list in the next hello.</summary>
    public HashSet<Guid> Journal { get; } = [];

    public string? InventoryHash { get; set; }

    public HelloReply? Greeting { get; private set; }

    /// <summary>Completes when the link is gone.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>Opens a link and says hello on it.</summary>
    public async Task<HelloReply> ConnectAsync()
    {
        await OpenAsync();
        return Greeting = await Hello(new Hello(
            ProtocolInfo.Version, "1.2.3", Hostname, "boot-1", Fingerprint, Labels, Cluster, InventoryHash, [.. Journal]));
    }

    /// <summary>Opens a link without a word.</summary>
    public async Task OpenAsync()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = new HubConnectionBuilder().WithUrl(new Uri(Center, ProtocolInfo.AgentHubPath), HttpTransportType.WebSockets, http =>
        {
            http.SkipNegotiation = true;
            http.AccessTokenProvider = () => Task.FromResult<string?>(Credential);
        });
        builder.AddJsonProtocol(json => json.PayloadSerializerOptions = new JsonSerializerOptions(NerveJsonContext.Default.Options));
        _hub = builder.Build();
        _hub.On<RunAssignment>(nameof(IAgentPeer.Run), run => _assignments.Writer.TryWrite(run));
        _hub.On<RunCancel>(nameof(IAgentPeer.Cancel), cancel => _cancels.Writer.TryWrite(cancel));
        _hub.On<AgentSettings>(nameof(IAgentPeer.Configure), settings => _settings.Writer.TryWrite(settings));
        _hub.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        Closed = closed.Task;
        await _hub.StartAsync(TestCenter.Cancelled);
    }

    /// <summary>Gives up its link without a goodbye; the link itself may live on until <see cref="CutAsync"/> of what is returned.</summary>
    public IAsyncDisposable Abandon()
    {
        var old = _hub!;
        _hub = null;
        return old;
    }

    /// <summary>Drops the link without a goodbye.</summary>
    public async Task CutAsync()
    {
        if (_hub is not null)
        {
            await _hub.DisposeAsync();
            _hub = null;
        }
    }

    public async Task LeaveAsync()
    {
        await Goodbye(new Goodbye("stopped by the test"));
        await CutAsync();
    }

    public Task<RunAssignment> NextRunAsync() => _assignments.Reader.ReadAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync();

    /// <summary>The run of this task; offers of others, which may come again, are passed over.</summary>
    public async Task<RunAssignment> NextRunAsync(Guid task)
    {
        while (true)
        {
            var run = await NextRunAsync();
            if (run.TaskId == task)
            {
                return run;
            }
        }
    }

    public Task<RunCancel> NextCancelAsync() => _cancels.Reader.ReadAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync();

    public Task<AgentSettings> NextSettingsAsync() => _settings.Reader.ReadAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync();

    public bool HasRunWaiting => _assignments.Reader.Count > 0;

    public Task<HelloReply> Hello(Hello hello) => Invoke<HelloReply>(nameof(Hello), hello);

    public Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat) => Invoke<HeartbeatReply>(nameof(Heartbeat), heartbeat);

    /// <summary>A heartbeat with one sample.</summary>
    public Task<HeartbeatReply> SendAsync(DateTimeOffset at, params (string Name, double? Value)[] values)
    {
        var schema = MetricSchema.Of([.. values.Select(value => value.Name)]);
        return Heartbeat(new Heartbeat(1, schema, [new MetricSample(at, schema.Id, [.. values.Select(value => value.Value)])]));
    }

    public Task<ReportReply> ReportInventory(Inventory inventory) => Invoke<ReportReply>(nameof(ReportInventory), inventory);

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update) => Invoke<ReportReply>(nameof(ReportInventorySections), update);

    public Task<ReportReply> ReportRunStarted(RunStarted started) => Invoke<ReportReply>(nameof(ReportRunStarted), started);

    public Task<ReportReply> StartAsync(Guid run) => ReportRunStarted(new RunStarted(run, DateTimeOffset.UtcNow));

    public Task<OutputReply> ReportRunOutput(RunOutput output) => Invoke<OutputReply>(nameof(ReportRunOutput), output);

    public Task<OutputReply> WriteAsync(Guid run, long offset, byte[] data, OutputStream stream = OutputStream.Stdout) =>
        ReportRunOutput(new RunOutput(run, offset, stream, DateTimeOffset.UtcNow, data));

    public Task<OutputReply> WriteAsync(Guid run, long offset, string text, OutputStream stream = OutputStream.Stdout) =>
        WriteAsync(run, offset, System.Text.Encoding.UTF8.GetBytes(text), stream);

    public Task<ReportReply> ReportRunFinished(RunFinished finished) => Invoke<ReportReply>(nameof(ReportRunFinished), finished);

    public Task<ReportReply> FinishAsync(Guid run, RunState state = RunState.Succeeded, int? exitCode = 0, long bytes = 0)
    {
        var now = DateTimeOffset.UtcNow;
        return ReportRunFinished(new RunFinished(run, state, exitCode, null, null, now.AddSeconds(-1), now, bytes, false));
    }

    public Task Goodbye(Goodbye goodbye) => Connected.InvokeAsync(nameof(Goodbye), goodbye, TestCenter.Cancelled);

    public Task InvokeRawAsync(string method, params object?[] arguments) => Connected.InvokeCoreAsync(method, arguments, TestCenter.Cancelled);

    public async ValueTask DisposeAsync() => await CutAsync();

    private HubConnection Connected => _hub ?? throw new InvalidOperationException("Connect first.");

    private Task<T> Invoke<T>(string method, object argument) =>
        Connected.InvokeAsync<T>(method, argument, TestCenter.Cancelled).WithinLimitAsync();
}
