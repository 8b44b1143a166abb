using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Nerve.Server.Identity;
using Nerve.Server.Tasks;

namespace Nerve.Server.Live;

/// <summary>The browsers' end of the live feed. Watch first, then read the state by REST: nothing falls between.</summary>
[Authorize(Policies.Viewer)]
public sealed class LiveHub(LiveLinks links, LiveTopics topics, OutputFollower follower) : Hub<ILiveClient>
{
    private LiveLink Link => (LiveLink)Context.Items[typeof(LiveLink)]!;

    public override Task OnConnectedAsync()
    {
        Context.Items[typeof(LiveLink)] = links.Add(Context);
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        links.Remove(Context);
        topics.RemoveAll(Link);
        return Task.CompletedTask;
    }

    /// <summary>Sends the events of a topic to this connection from now on.</summary>
    public void Watch(string topic)
    {
        if (!topics.TryAdd(Checked(topic), Link))
        {
            throw new HubException($"topic.tooMany: One link watches at most {LiveTopics.MostOfOneLink} topics: unwatch some, or watch fleet.");
        }
    }

    public void Unwatch(string topic) => topics.Remove(Checked(topic), Link);

    /// <summary>A run's output from an offset on, as it is written, until the run is over and all was sent.</summary>
    public async Task<IAsyncEnumerable<OutputText>> FollowOutput(
        Guid taskId, Guid agentId, long fromOffset, CancellationToken cancellationToken)
    {
        var run = await follower.EnsureKeptAsync(taskId, agentId, null, cancellationToken);
        return follower.FollowAsync(run, fromOffset, null, wait: true, cancellationToken);
    }

    private static string Checked(string topic) =>
        topic is "fleet" or "tasks" || IsOf("agent:", topic) || IsOf("task:", topic)
            ? topic.ToLowerInvariant()
            : throw new HubException("topic.unknown: A topic is fleet, agent:ID, tasks or task:ID.");

    private static bool IsOf(string prefix, string topic) =>
        topic.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParseExact(topic.AsSpan(prefix.Length), "D", out _);
}
