namespace Nerve.Agent.Tasks;

/// <summary>So many runs at a time, the others in the order in which they came. How many may change at any time.</summary>
/// <param name="limit">Asked whenever a run comes or goes; at least 1.</param>
internal sealed class RunSlots(Func<int> limit)
{
    private readonly Lock _sync = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _taken;

    /// <summary>Takes a place, if need be one that is not there: for what runs already.</summary>
    public void Take()
    {
        lock (_sync)
        {
            _taken++;
        }
    }

    /// <summary>Waits for a place.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sync)
        {
            _waiting.AddLast(turn);
            Admit();
        }

        try
        {
            await turn.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(turn);
            throw;
        }
    }

    public void Release()
    {
        lock (_sync)
        {
            _taken--;
            Admit();
        }
    }

    private void GiveUp(TaskCompletionSource turn)
    {
        lock (_sync)
        {
            // Its turn may have come at the same moment.
            if (!_waiting.Remove(turn))
            {
                _taken--;
            }

            Admit();
        }
    }

    private void Admit()
    {
        while (_waiting.First is { } next && _taken < limit())
        {
            _waiting.RemoveFirst();
            _taken++;
            next.Value.SetResult();
        }
    }
}
