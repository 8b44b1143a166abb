using System.Threading.Channels;

namespace Nerve.Server.Agents;

/// <summary>Stores agents' statuses, at once all that wait: thousands of links that break together are a few transactions, not thousands.</summary>
/// <remarks>Nobody waits for it: hellos and the watch over who is silent must go on while the store does not. What is stored is a hint for the
/// next start, which finds out anew; it is tried until it succeeds, and what waits at the end is stored then.</remarks>
public sealed partial class StatusWriter(IAgentStore store, ILogger<StatusWriter> logger) : BackgroundService
{
    /// <summary>Of the machine's clock: they are about what a store can do, and not about the fleet's time.</summary>
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private Dictionary<Guid, StatusChange> _waiting = [];
    private bool _isFailing;

    /// <summary>Has a change wait to be stored; of one agent the last counts.</summary>
    public void Add(StatusChange change)
    {
        lock (_lock)
        {
            _waiting[change.AgentId] = change;
        }

        _bell.Writer.TryWrite(true);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await StoreAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in _bell.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await StoreAsync(stoppingToken))
            {
                await Task.Delay(s_pause, TimeProvider.System, stoppingToken);
            }
        }
    }

    private async Task<bool> StoreAsync(CancellationToken cancellationToken)
    {
        var changes = TakeAll();
        if (changes.Count == 0)
        {
            return true;
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(s_attempt);
        try
        {
            await store.SetStatusAsync(changes.Values, late.Token).WaitAsync(late.Token);
            _isFailing = false;
            return true;
        }
        catch (Exception exception)
        {
            PutBack(changes);
            if (!_isFailing && !cancellationToken.IsCancellationRequested)
            {
                LogNotStored(logger, changes.Count, exception);
            }

            _isFailing = true;
            return false;
        }
    }

    private Dictionary<Guid, StatusChange> TakeAll()
    {
        lock (_lock)
        {
            var all = _waiting;
            _waiting = [];
            return all;
        }
    }

    private void PutBack(Dictionary<Guid, StatusChange> changes)
    {
        lock (_lock)
        {
            foreach (var (agent, change) in changes)
            {
                _waiting.TryAdd(agent, change);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The status of {Count} agents could not be stored; it is tried again until it can")]
    private static partial void LogNotStored(ILogger logger, int count, Exception exception);
}
