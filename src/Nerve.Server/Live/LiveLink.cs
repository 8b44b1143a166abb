using Nerve.Server.Agents;

namespace Nerve.Server.Live;

/// <summary>What one browser is still to be told, which is bounded: one that takes in less than there is to tell costs no more than another.</summary>
/// <remarks>Of lines of the fleet table wait the ids, and a line is made when those before it were taken: a slow browser gets fewer, and each as
/// it is then. Other events wait in their order, of one thing's whole states the newest; where too many do, the link is cut, and the page comes
/// back and reads anew.</remarks>
/// <param name="browser">Its end; what it returns completes when the network has room for more.</param>
/// <param name="line">Makes the line of an agent; null for one that is gone.</param>
/// <param name="cut">Ends the link; called at most once.</param>
internal sealed class LiveLink(ILiveClient browser, Func<Guid, AgentSummary?> line, Action<LiveLink> cut)
{
    /// <summary>More than ever come at once, and little enough for a thousand browsers.</summary>
    internal const int MostWaiting = 1000;

    private const int LinesAtOnce = 200;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<(string Topic, string Type, Guid Thing), LiveEvent> _events = [];
    private readonly HashSet<Guid> _changed = [];
    private bool _isSending;
    private bool _isCut;

    public void Tell(LiveEvent message)
    {
        lock (_gate)
        {
            if (_isCut)
            {
                return;
            }

            if (_events.Count < MostWaiting)
            {
                _events[(message.Topic, message.Type, message.Thing ?? Guid.CreateVersion7())] = message;
                SendFromNowOn();
                return;
            }

            _isCut = true;
            _events.Clear();
            _changed.Clear();
        }

        cut(this);
    }

    /// <summary>The lines of these agents changed.</summary>
    public void TellLines(IEnumerable<Guid> agents)
    {
        lock (_gate)
        {
            if (!_isCut)
            {
                _changed.UnionWith(agents);
                SendFromNowOn();
            }
        }
    }

    private void SendFromNowOn()
    {
        if (!_isSending && (_events.Count > 0 || _changed.Count > 0))
        {
            _isSending = true;
            _ = Task.Run(SendAsync);
        }
    }

    private async Task SendAsync()
    {
        while (TakeNext(out var message, out var agents))
        {
            if ((message ?? Lines(agents)) is { } next)
            {
                // Where the link broke, SignalR says so to the hub; this ends with what waits.
                await browser.Event(next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>False: nothing waits any more, and whoever tells something next begins to send again.</returns>
    private bool TakeNext(out LiveEvent? message, out IReadOnlyList<Guid> agents)
    {
        lock (_gate)
        {
            (message, agents) = (null, []);
            if (_events.Count > 0)
            {
                message = _events.GetAt(0).Value;
                _events.RemoveAt(0);
            }
            else
            {
                agents = [.. _changed.Take(LinesAtOnce)];
                _changed.ExceptWith(agents);
            }

            return _isSending = message is not null || agents.Count > 0;
        }
    }

    private LiveEvent? Lines(IReadOnlyList<Guid> agents)
    {
        var lines = agents.Select(line).OfType<AgentSummary>().ToArray();
        return lines.Length == 0 ? null : new LiveEvent(LiveFeed.Fleet, "agents", lines);
    }
}
