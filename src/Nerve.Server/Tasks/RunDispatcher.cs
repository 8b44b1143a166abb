using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Gateway;
using Nerve.Server.Nodes;

namespace Nerve.Server.Tasks;

/// <summary>Sends each connected agent what waits for it: runs to start, runs to stop.</summary>
/// <remarks>
/// Messages may be lost with a link; what is still unanswered is sent again after every hello, and once in a while (<see cref="AgentLink"/>) by
/// <see cref="RunWatchdog"/>. The agent's journal makes repetition harmless. The work of many agents is read at once, and noted at once: a task for thousands of hosts is a few
/// transactions.
/// </remarks>
public sealed partial class RunDispatcher(
    ITaskStore store, RunOffers offers, RunSender sender, AgentSessions sessions, INodeBus nodes, TimeProvider time, IServiceProvider services,
    ILogger<RunDispatcher> logger)
    : BackgroundService
{
    /// <summary>Runs sent to one agent at once; the rest follows as these end.</summary>
    private const int MostAtOnce = 100;

    private const int AgentsAtOnce = 500;
    private const int AgentsInOneMessage = 1000;
    private const int CancelGraceSeconds = 10;

    private readonly Channel<Guid> _wake = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Who is in the channel, so that it never holds more than one entry for an agent.</summary>
    private readonly ConcurrentDictionary<Guid, byte> _waiting = new();

    /// <summary>Whose link is still taking what was sent before; true if there was another wake meanwhile.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _busy = new();

    /// <summary>Who was sent as much as may be at once: there may be more.</summary>
    private readonly ConcurrentDictionary<Guid, byte> _full = new();

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

    /// <summary>A run of this agent is over: if others had to wait for that, they are sent.</summary>
    public void HasRoom(Guid agentId)
    {
        if (_full.ContainsKey(agentId))
        {
            Wake(agentId);
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var agents = new List<Guid>(AgentsAtOnce);
        while (await _wake.Reader.WaitToReadAsync(stoppingToken))
        {
            while (agents.Count < AgentsAtOnce && _wake.Reader.TryRead(out var agent))
            {
                _waiting.TryRemove(agent, out _);
                if (!_busy.AddOrUpdate(agent, false, (_, _) => true))
                {
                    agents.Add(agent);
                }
            }

            var work = await ReadAsync(agents, stoppingToken);
            foreach (var agent in agents)
            {
                // An agent that takes nothing from its link holds up only itself, and of large runs for some seconds those that wait behind it in RunSender.
                _ = SendAsync(agent, work[agent]);
            }

            agents.Clear();
        }
    }

    private async Task SendAsync(Guid agentId, IEnumerable<Message> messages)
    {
        try
        {
            var hub = services.GetRequiredService<IHubContext<AgentHub, IAgentPeer>>();
            if (sessions.LinkOf(agentId) is { } link)
            {
                var peer = hub.Clients.Client(link.ConnectionId);
                var sent = new List<Guid>();
                foreach (var message in messages)
                {
                    await message.SendAsync(peer);
                    if (message.Run is { } run)
                    {
                        sent.Add(run);
                    }
                }

                link.NoteSent(sent, time);
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

    /// <summary>What is to be sent, by agent.</summary>
    private async Task<ILookup<Guid, Message>> ReadAsync(IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken)
    {
        var messages = new List<Message>();
        try
        {
            var runs = agents.Count == 0 ? [] : await store.OpenRunsAsync(agents, MostAtOnce, cancellationToken);
            NoteFull(agents, runs);
            var offered = await offers.OfferAsync([.. runs.Where(run => !WasSent(run))], cancellationToken);
            foreach (var run in runs)
            {
                if (run.CancelRequestedAt is not null)
                {
                    messages.Add(new Message(run.AgentId, null, peer => peer.Cancel(new RunCancel(run.Id, CancelGraceSeconds))));
                }
                else if (offered.TryGetValue(run.Id, out var assignment))
                {
                    messages.Add(new Message(run.AgentId, run.Id, peer => sender.SendAsync(peer, assignment)));
                }
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailures(logger, agents.Count, exception);
        }

        return messages.ToLookup(message => message.Agent);
    }

    private bool WasSent(Run run) => run.OfferedAt is not null && sessions.LinkOf(run.AgentId)?.WasSent(run.Id, time) == true;

    private void NoteFull(IReadOnlyCollection<Guid> agents, IReadOnlyList<Run> runs)
    {
        var counts = runs.CountBy(run => run.AgentId).ToDictionary();
        foreach (var agent in agents)
        {
            if (counts.GetValueOrDefault(agent) >= MostAtOnce)
            {
                _full[agent] = 0;
            }
            else
            {
                _full.TryRemove(agent, out _);
            }
        }
    }

    /// <param name="Agent">For whom.</param>
    /// <param name="Run">The one that it gives to the agent, if it does.</param>
    /// <param name="SendAsync">Completes when the link has room for more.</param>
    private readonly record struct Message(Guid Agent, Guid? Run, Func<IAgentPeer, Task> SendAsync);

    [LoggerMessage(1, LogLevel.Warning, "Work for agent {Agent} could not be sent; trying again soon")]
    private static partial void LogFailure(ILogger logger, Guid agent, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The work of {Count} agents could not be read; trying again soon")]
    private static partial void LogFailures(ILogger logger, int count, Exception exception);
}
