using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Nerve.Server.Agents;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Server.Live;

/// <summary>One message to the browsers that watch a topic.</summary>
/// <param name="Topic"><c>fleet</c>, <c>agent:ID</c>, <c>tasks</c> or <c>task:ID</c>.</param>
/// <param name="Type">What <paramref name="Data"/> is: of <c>fleet</c> <c>agents</c> (lines of the table), <c>agentAdded</c> and <c>agentRemoved</c>; of an
/// agent <c>agent</c>, <c>metrics</c> and <c>inventory</c>; of <c>tasks</c> <c>task</c>; of a task <c>task</c>, <c>run</c> and <c>runs</c>.</param>
/// <param name="Data">The new state of the thing, whole, but for a task's script and input, of which there are the beginnings; of an agent that was added or removed its id, and the line of an added one follows.</param>
public sealed record LiveEvent(string Topic, string Type, object Data)
{
    /// <summary>Whose whole state it is; of two that wait the newer one counts. Null: each counts, in its order.</summary>
    internal Guid? Thing { get; init; }
}

/// <summary>What a browser can be told.</summary>
public interface ILiveClient
{
    Task Event(LiveEvent message);
}

/// <summary>Tells watching browsers what changed. Nothing is promised: who missed something reads it again.</summary>
/// <remarks>Lines of the fleet table are gathered and sent twice a second, so six thousand heartbeats are no six thousand messages. Each node
/// tells its own browsers: of agents it knows as much as the others, the rest they tell each other.</remarks>
public sealed class LiveFeed(
    LiveTopics topics, AgentDirectory directory, INodeBus nodes, IOptions<JsonHubProtocolOptions> json, TimeProvider time, ILogger<LiveFeed> logger)
    : PeriodicService(TimeSpan.FromMilliseconds(500), "Browsers could not be told of the fleet's changes", time, logger)
{
    internal const string Fleet = "fleet";

    private const int RunsAtOnce = 200;

    private readonly ConcurrentDictionary<Guid, byte> _changed = new();

    public void MetricsArrived(Guid agent, LatestValues latest)
    {
        if (topics.IsAnyAgentWatched && $"agent:{agent}" is var topic && topics.IsWatched(topic))
        {
            Send(topic, "metrics", new MetricValues(latest.At, latest.All()), agent);
        }
    }

    public void InventoryChanged(Guid agent, string hash) => SendEverywhere($"agent:{agent}", "inventory", new { hash }, agent);

    /// <summary>Whether anybody may want to hear of a task: here, or at another node.</summary>
    public bool IsTaskWatched(Guid task) => nodes.HasOthers || topics.IsWatched("tasks") || topics.IsWatched($"task:{task}");

    public void TaskChanged(TaskView task)
    {
        SendEverywhere("tasks", "task", task, task.Id);
        SendEverywhere($"task:{task.Id}", "task", task, task.Id);
    }

    /// <summary>One by one where they are few, else many in a message.</summary>
    public void RunsChanged(IReadOnlyList<RunView> runs)
    {
        foreach (var task in runs.GroupBy(run => run.TaskId))
        {
            var topic = $"task:{task.Key}";
            if (!nodes.HasOthers && !topics.IsWatched(topic))
            {
                continue;
            }

            foreach (var some in task.Chunk(RunsAtOnce))
            {
                if (some is [var one])
                {
                    SendEverywhere(topic, "run", one);
                }
                else
                {
                    SendEverywhere(topic, "runs", some);
                }
            }
        }
    }

    /// <summary>What another node told its browsers.</summary>
    public void Repeat(LiveNews news) => Send(news.Topic, news.Type, news.Data, news.Thing);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        directory.Changed += id => _changed[id] = 0;
        directory.Added += TellAdded;
        directory.Removed += id => Send(Fleet, "agentRemoved", new { id });
        await base.StartAsync(cancellationToken);
    }

    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        Flush();
        return Task.CompletedTask;
    }

    /// <summary>At a start that is the whole fleet, and nobody watches.</summary>
    private void TellAdded(Guid id)
    {
        if (topics.IsWatched(Fleet))
        {
            Send(Fleet, "agentAdded", new { id });
        }
    }

    private void Flush()
    {
        var changed = _changed.Select(one => one.Key).Where(id => _changed.TryRemove(id, out _)).ToList();
        foreach (var link in topics.WatchersOf(Fleet))
        {
            link.TellLines(changed);
        }

        foreach (var id in changed)
        {
            var topic = $"agent:{id}";
            if (topics.IsWatched(topic) && directory.Find(id) is { } summary)
            {
                Send(topic, "agent", summary, id);
            }
        }
    }

    private void SendEverywhere(string topic, string type, object data, Guid? thing = null)
    {
        Send(topic, type, data, thing);
        if (nodes.HasOthers)
        {
            nodes.Publish(new LiveNews(topic, type, JsonSerializer.SerializeToElement(data, json.Value.PayloadSerializerOptions), thing));
        }
    }

    private void Send(string topic, string type, object data, Guid? thing = null)
    {
        var message = new LiveEvent(topic, type, data) { Thing = thing };
        foreach (var link in topics.WatchersOf(topic))
        {
            link.Tell(message);
        }
    }
}
