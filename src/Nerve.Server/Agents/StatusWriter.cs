namespace Nerve.Server.Agents;

/// <summary>Stores agents' statuses, at once all that wait: thousands of links that break together are a few transactions, not thousands.</summary>
public sealed partial class StatusWriter(IAgentStore store, ILogger<StatusWriter> logger)
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Dictionary<Guid, StatusChange> _waiting = [];

    /// <summary>Has a change wait to be stored; of one agent the last counts.</summary>
    public void Add(StatusChange change)
    {
        lock (_lock)
        {
            _waiting[change.AgentId] = change;
        }
    }

    /// <summary>Returns when what waited is stored, by this call or by another's before it.</summary>
    public async Task StoreAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (TakeAll() is { Count: > 0 } changes)
            {
                await StoreAsync(changes);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <remarks>It cannot be cancelled: most of what it writes is not its caller's.</remarks>
    private async Task StoreAsync(IReadOnlyCollection<StatusChange> changes)
    {
        try
        {
            await store.SetStatusAsync(changes, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The directory is right; a restart takes the stored status only as a hint and finds out anew.
            LogNotStored(logger, changes.Count, exception);
        }
    }

    private IReadOnlyCollection<StatusChange> TakeAll()
    {
        lock (_lock)
        {
            var all = _waiting;
            _waiting = [];
            return all.Values;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The status of {Count} agents could not be stored")]
    private static partial void LogNotStored(ILogger logger, int count, Exception exception);
}
