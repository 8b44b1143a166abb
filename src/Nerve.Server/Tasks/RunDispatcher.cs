using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Gateway;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Sends each connected agent what waits for it: runs to start, runs to stop.</summary>
/// <remarks>
/// An offer is noted before it is sent, so a run without the note has certainly not started. Messages may be lost with a link; what is
/// still unanswered is sent again after every hello and by <see cref="RunWatchdog"/>. The agent's journal makes repetition harmless.
/// </remarks>
public sealed partial class RunDispatcher(
    ITaskStore store, AgentSessions sessions, IServiceProvider services, TimeProvider time, ILogger<RunDispatcher> logger)
    : BackgroundService
{
    /// <summary>Runs sent to one agent at once; the rest follows as these end.</summary>
    private const int MostAtOnce = 100;

    private const int CancelGraceSeconds = 10;

    private readonly Channel<Guid> _wake = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Looks for work of this agent soon.</summary>
    public void Wake(Guid agentId)
    {
        if (sessions.IsOpen(agentId))
        {
            _wake.Writer.TryWrite(agentId);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var agentId in _wake.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await DispatchAsync(agentId, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(logger, agentId, exception);
            }
        }
    }

    private async Task DispatchAsync(Guid agentId, CancellationToken cancellationToken)
    {
        var hub = services.GetRequiredService<IHubContext<AgentHub, IAgentPeer>>();
        var peer = hub.Clients.Group(AgentHub.GroupOf(agentId));
        foreach (var run in await store.OpenRunsAsync(agentId, MostAtOnce, cancellationToken))
        {
            if (run.CancelRequestedAt is not null)
            {
                await peer.Cancel(new RunCancel(run.Id, CancelGraceSeconds));
            }
            else if (run.State == RunState.Pending)
            {
                await OfferAsync(run, peer, cancellationToken);
            }
        }
    }

    private async Task OfferAsync(Run run, IAgentPeer peer, CancellationToken cancellationToken)
    {
        var task = await store.FindAsync(run.TaskId, cancellationToken);
        if (task is null || task.ExpiresAt <= time.GetUtcNow())
        {
            return;
        }

        var now = time.UtcMilliseconds();
        var offered = await store.ChangeRunAsync(
            run.Id, RunTransitions.PendingOnly, old => old with { OfferedAt = old.OfferedAt ?? now }, cancellationToken);
        if (offered is { CancelRequestedAt: null })
        {
            await peer.Run(Assignment(task, run));
        }
    }

    private static RunAssignment Assignment(NerveTask task, Run run) => new(
        run.Id, task.Id, task.Kind, task.Spec.Command, task.Spec.Args, task.Spec.Script, task.Spec.Interpreter, task.Spec.Env, task.Spec.User,
        task.Spec.WorkingDirectory, task.Spec.Stdin, task.Spec.TimeoutSeconds, task.ExpiresAt, task.Spec.OutputLimitBytes);

    [LoggerMessage(1, LogLevel.Warning, "Work for agent {Agent} could not be sent; trying again soon")]
    private static partial void LogFailure(ILogger logger, Guid agent, Exception exception);
}
