using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Gateway;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Sends each connected agent what waits for it: runs to start, runs to stop.</summary>
/// <remarks>
/// An offer is noted before it is sent, so a run without the note has certainly not started. Messages may be lost with a link; what is
/// still unanswered is sent again after every hello and by <see cref="RunWatchdog"/>. The agent's journal makes repetition harmless.
/// </remarks>
public sealed partial class RunDispatcher(
    ITaskStore store, AgentSessions sessions, INodeBus nodes, IServiceProvider services, TimeProvider time, ILogger<RunDispatcher> logger)
    : BackgroundService
{
    /// <summary>Runs sent to one agent at once; the rest follows as these end.</summary>
    private const int MostAtOnce = 100;

    private const int CancelGraceSeconds = 10;

    /// <summary>Reading work from the store for more agents at once than this makes nothing faster.</summary>
    internal const int MostReaders = 8;

    private readonly Channel<Guid> _wake = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Who is in the channel, so that it never holds more than one entry for an agent.</summary>
    private readonly ConcurrentDictionary<Guid, byte> _waiting = new();

    /// <summary>Whose link is still taking what was sent before; true if there was another wake meanwhile.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _busy = new();

    private const int AgentsInOneMessage = 1000;

    /// <summary>Looks for work of these agents soon, wherever their links end.</summary>
    public void Wake(params IReadOnlyCollection<Guid> agents)
    {
        foreach (var elsewhere in agents.Where(agent => !WakeHere(agent)).Chunk(AgentsInOneMessage))
        {
            nodes.Publish(new WorkWaits(elsewhere));
        }
    }

    /// <summary>For those of them whose links end at this node.</summary>
    public void WakeHere(IReadOnlyCollection<Guid> agents)
    {
        foreach (var agent in agents)
        {
            WakeHere(agent);
        }
    }

    private bool WakeHere(Guid agentId)
    {
        if (!sessions.IsOpen(agentId))
        {
            return false;
        }

        if (_waiting.TryAdd(agentId, 0))
        {
            _wake.Writer.TryWrite(agentId);
        }

        return true;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Parallel.ForEachAsync(
        _wake.Reader.ReadAllAsync(stoppingToken),
        new ParallelOptions { MaxDegreeOfParallelism = MostReaders, CancellationToken = stoppingToken },
        async (agentId, cancellationToken) =>
        {
            _waiting.TryRemove(agentId, out _);
            if (!_busy.AddOrUpdate(agentId, false, (_, _) => true))
            {
                // An agent that takes nothing from its link holds up only itself: nobody waits for the sending.
                _ = SendAsync(agentId, await ReadAsync(agentId, cancellationToken));
            }
        });

    private async Task SendAsync(Guid agentId, IReadOnlyList<Func<IAgentPeer, Task>> messages)
    {
        try
        {
            var hub = services.GetRequiredService<IHubContext<AgentHub, IAgentPeer>>();
            var peer = hub.Clients.Group(AgentHub.GroupOf(agentId));
            foreach (var send in messages)
            {
                await send(peer);
            }
        }
        catch (Exception exception)
        {
            LogFailure(logger, agentId, exception);
        }

        if (!_busy.TryRemove(KeyValuePair.Create(agentId, false)))
        {
            _busy.TryRemove(agentId, out _);
            Wake(agentId);
        }
    }

    private async Task<IReadOnlyList<Func<IAgentPeer, Task>>> ReadAsync(Guid agentId, CancellationToken cancellationToken)
    {
        var messages = new List<Func<IAgentPeer, Task>>();
        try
        {
            foreach (var run in await store.OpenRunsAsync(agentId, MostAtOnce, cancellationToken))
            {
                if (run.CancelRequestedAt is not null)
                {
                    messages.Add(peer => peer.Cancel(new RunCancel(run.Id, CancelGraceSeconds)));
                }
                else if (run.State == RunState.Pending && await OfferAsync(run, cancellationToken) is { } assignment)
                {
                    messages.Add(peer => peer.Run(assignment));
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailure(logger, agentId, exception);
        }

        return messages;
    }

    private async Task<RunAssignment?> OfferAsync(Run run, CancellationToken cancellationToken)
    {
        var task = await store.FindAsync(run.TaskId, cancellationToken);
        if (task is null || task.ExpiresAt <= time.GetUtcNow())
        {
            return null;
        }

        var now = time.UtcMilliseconds();
        var offered = await store.ChangeRunAsync(
            run.Id, RunTransitions.PendingOnly, old => old with { OfferedAt = old.OfferedAt ?? now }, cancellationToken);
        return offered is { CancelRequestedAt: null } ? Assignment(task, run) : null;
    }

    private static RunAssignment Assignment(NerveTask task, Run run) => new(
        run.Id, task.Id, task.Kind, task.Spec.Command, task.Spec.Args, task.Spec.Script, task.Spec.Interpreter, task.Spec.Env, task.Spec.User,
        task.Spec.WorkingDirectory, task.Spec.Stdin, task.Spec.TimeoutSeconds, task.ExpiresAt, task.Spec.OutputLimitBytes,
        task.Spec.Limits);

    [LoggerMessage(1, LogLevel.Warning, "Work for agent {Agent} could not be sent; trying again soon")]
    private static partial void LogFailure(ILogger logger, Guid agent, Exception exception);
}
