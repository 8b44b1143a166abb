using System.Collections.Concurrent;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Shared;

namespace Nerve.Server.Nodes;

/// <summary>Tells the other nodes what this one finds out about agents, gathered for a moment, and keeps it where a node that starts looks.</summary>
/// <remarks>While nobody can be told it waits, of each agent once: a host that said goodbye says nothing more that would make good for a lost word.</remarks>
public sealed partial class NewsSender(
    INodeBus bus, IFleetState state, AgentDirectory directory, LivenessTracker tracker, TimeProvider time, ILogger<NewsSender> logger)
    : PeriodicService(TimeSpan.FromMilliseconds(250), "Other nodes could not be told what happens here", time, logger)
{
    private const int StatesAtOnce = 200;

    private readonly ConcurrentDictionary<Guid, byte> _found = new();
    private readonly ConcurrentDictionary<Guid, byte> _edited = new();
    private readonly ConcurrentDictionary<Guid, byte> _removed = new();
    private bool _isKeeping = true;

    /// <summary>All that is known here of the agents that were heard here last, once more: the others may have missed some of it.</summary>
    public void AnnounceAll()
    {
        foreach (var agent in tracker.HeardHere())
        {
            _found[agent] = 0;
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!bus.HasOthers)
        {
            return Task.CompletedTask;
        }

        directory.FoundOut += id => _found[id] = 0;
        directory.Edited += id => _edited[id] = 0;
        directory.Removed += id => _removed[id] = 0;
        return base.StartAsync(cancellationToken);
    }

    /// <summary>What happened since the last time is told too, before the others hear that this node leaves.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await WorkAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // There is no time left. The others read what they miss when they hear that this node is gone.
        }
    }

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        if (!bus.IsConnected)
        {
            return;
        }

        var removed = Take(_removed.Keys, _removed);
        removed.ForEach(id => bus.Publish(new AgentRemoved(id)));
        foreach (var chunk in Take(_edited.Keys, _edited).Chunk(StatesAtOnce))
        {
            bus.Publish(new AgentsEdited(chunk));
        }

        foreach (var chunk in _found.Keys.Chunk(StatesAtOnce))
        {
            await TellAsync([.. Take(chunk, _found).Select(StateOf).OfType<AgentState>()], stoppingToken);
        }

        foreach (var id in removed)
        {
            await KeepAsync(() => state.RemoveAsync(id, stoppingToken));
        }
    }

    private async Task TellAsync(IReadOnlyList<AgentState> states, CancellationToken cancellationToken)
    {
        if (states.Count > 0)
        {
            bus.Publish(new AgentStates(states));
            await KeepAsync(() => state.SaveAsync(states, cancellationToken));
        }
    }

    private AgentState? StateOf(Guid id)
    {
        if (directory.FindWhole(id) is not { } agent)
        {
            return null;
        }

        var (link, node, silent, isInDoubt) = tracker.LinkOf(id);
        return new AgentState(
            id, link, node, agent.Status, agent.StatusSince, agent.LastSeenAt, (long)silent.TotalMilliseconds,
            directory.Latest(id) is { } latest ? new MetricSample(latest.At, latest.Schema.Id, latest.Values) : null,
            directory.ClockAhead(id),
            isInDoubt);
    }

    /// <summary>What could not be kept comes again with the agent's next word, if there is one.</summary>
    private async Task KeepAsync(Func<Task> keep)
    {
        try
        {
            await keep();
            _isKeeping = true;
        }
        catch (NodesUnavailableException unavailable)
        {
            if (_isKeeping)
            {
                LogNotKept(logger, unavailable.Message);
            }

            _isKeeping = false;
        }
    }

    private static List<Guid> Take(ICollection<Guid> ids, ConcurrentDictionary<Guid, byte> waiting) => [.. ids.Where(id => waiting.TryRemove(id, out _))];

    [LoggerMessage(1, LogLevel.Warning, "The agents' state is not kept for other nodes: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string reason);
}
