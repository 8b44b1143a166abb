using System.Threading.Channels;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Gateway;
using Nerve.Server.Live;
using Nerve.Server.Tasks;

namespace Nerve.Server.Nodes;

/// <summary>Takes in what other nodes tell, one piece after the other.</summary>
/// <remarks>An agent's state may come before the agent itself was read from the store. It is kept until then: the next one comes with the agent's next word only.
/// What cannot be taken in, and what was missed, is found in the store, where all is read again until that succeeds.</remarks>
public sealed partial class NewsReceiver(
    INodeBus bus, INodeRegistry registry, PresenceService presence, LivenessTracker tracker, AgentDirectory directory, IAgentStore agents,
    AgentSessions sessions, RunDispatcher dispatcher, OutputSignals outputs, LiveFeed live,
    FleetLoader loader, AgentSettingsService settings, NewsSender sender, TimeProvider time, ILogger<NewsReceiver> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly AgentsToRead _toRead = new(agents, directory, time);
    private readonly Dictionary<Guid, AgentState> _early = [];
    private readonly Channel<Func<CancellationToken, Task>> _work = Channel.CreateUnbounded<Func<CancellationToken, Task>>(
        new UnboundedChannelOptions { SingleReader = true });

    private int _isCatchingUpSoon;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!bus.HasOthers)
        {
            return Task.CompletedTask;
        }

        tracker.SetCutOff(!bus.IsConnected);
        bus.Received += (_, news) => _work.Writer.TryWrite(cancel => TakeAsync(news, cancel));
        bus.ConnectedChanged += isConnected => _work.Writer.TryWrite(_ => Done(() => ConnectionChanged(isConnected)));
        registry.Gone += (node, saidSo) => _work.Writer.TryWrite(_ => Done(() => NodeGone(node, saidSo)));
        CatchUpSoon(); // something may have changed since this node read it
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        WorkAsync(stoppingToken),
        _toRead.ReadAsync(
            read => _work.Writer.TryWrite(cancel => LearnAsync(read, cancel)), exception => LogNotRead(logger, exception), stoppingToken));

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await foreach (var work in _work.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await work(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailure(logger, exception);
                _ = CatchUpLaterAsync(stoppingToken);
            }
        }
    }

    private Task TakeAsync(NodeNews news, CancellationToken cancellationToken) => news switch
    {
        AgentStates(var states) => TakeAsync(states, cancellationToken),
        AgentsEdited(var ids) => Done(() => ids.ToList().ForEach(_toRead.Add)),
        AgentRemoved(var id) => Done(() => RemoveAndLookAgain(id)),
        WorkWaits(var ids) => Done(() => dispatcher.WakeHere(ids)),
        SettingsChanged => settings.LoadAsync(cancellationToken),
        OutputWritten(var runs) => Done(() => runs.ToList().ForEach(outputs.RingHere)),
        LiveNews message => Done(() => live.Repeat(message)),
        WasAway => Done(CatchUpSoon),
        _ => Task.CompletedTask,
    };

    private async Task TakeAsync(IReadOnlyList<AgentState> states, CancellationToken cancellationToken)
    {
        foreach (var state in states)
        {
            if (!directory.Has(state.AgentId))
            {
                _early[state.AgentId] = state;
                _toRead.Add(state.AgentId);
            }

            await TakeAsync(state, cancellationToken);
        }
    }

    private async Task TakeAsync(AgentState state, CancellationToken cancellationToken)
    {
        var latest = await loader.NewerValuesAsync(state, cancellationToken);
        if (presence.Adopt(state, latest))
        {
            sessions.Abort(state.AgentId);
        }
        else if (latest is not null)
        {
            live.MetricsArrived(state.AgentId, latest);
        }
    }

    private async Task LearnAsync(AgentsRead read, CancellationToken cancellationToken)
    {
        read.Ids.Except(read.Found.Select(agent => agent.Id)).ToList().ForEach(Remove);
        foreach (var agent in read.Found.Where(agent => !directory.Refresh(agent, read.Edits)))
        {
            _toRead.Add(agent.Id);
        }

        foreach (var id in read.Ids)
        {
            if (_early.Remove(id, out var state) && directory.Has(id))
            {
                await TakeAsync(state, cancellationToken);
            }
        }
    }

    /// <summary>It may have been read just before, and be on its way here.</summary>
    private void RemoveAndLookAgain(Guid id)
    {
        Remove(id);
        _toRead.Add(id);
    }

    private void Remove(Guid id)
    {
        sessions.Abort(id);
        presence.Forget(id);
    }

    private void ConnectionChanged(bool isConnected)
    {
        tracker.SetCutOff(!isConnected);
        if (isConnected)
        {
            bus.Publish(new WasAway());
            CatchUpSoon();
        }
    }

    /// <summary>All that waits to be caught up with is so at once.</summary>
    private void CatchUpSoon()
    {
        if (Interlocked.Exchange(ref _isCatchingUpSoon, 1) == 0)
        {
            _work.Writer.TryWrite(CatchUpAsync);
        }
    }

    private async Task CatchUpLaterAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CatchUpSoon();
    }

    /// <summary>What was missed is read, and what the others may have missed is told.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _isCatchingUpSoon, 0);
        try
        {
            foreach (var lost in await loader.CatchUpAsync(cancellationToken))
            {
                sessions.Abort(lost);
            }
        }
        finally
        {
            sender.AnnounceAll();
        }
    }

    /// <summary>What it did last it may not have told.</summary>
    private void NodeGone(string node, bool saidSo)
    {
        LogNodeGone(logger, node, saidSo ? "has stopped" : "does not answer any more");
        presence.NodeGone(node, saidSo);
        CatchUpSoon();
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Warning, "News of another node could not be taken in; all is read again in a second")]
    private static partial void LogFailure(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Agents that another node changed could not be read; trying again")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Node {Node} {What}; its agents will come to the others")]
    private static partial void LogNodeGone(ILogger logger, string node, string what);
}
