using Nerve.Server.Agents;
using Nerve.Server.Nodes;

namespace Nerve.Server.Tests.Nodes;

/// <summary>The other node of two, played by a test; what is told while they are not connected is lost, and nothing else.</summary>
internal sealed class OtherNode : INodeBus, INodeRegistry
{
    public const string Name = "other";

    public bool HasOthers => true;

    public bool IsConnected { get; set; } = true;

    public IReadOnlyList<NodeInfo> Nodes => [];

    public IReadOnlyList<string> Problems => [];

    public bool IsCutOff => false;

    public event Action<string, NodeNews>? Received;

    public event Action<bool>? ConnectedChanged;

    public event Action<string, bool>? Gone;

    public Task JoinAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the node under test told.</summary>
    public List<NodeNews> Heard { get; } = [];

    public void Publish(NodeNews news)
    {
        if (!IsConnected)
        {
            return;
        }

        lock (Heard)
        {
            Heard.Add(news);
        }
    }

    /// <summary>Of what the node under test told, the last of an agent.</summary>
    public AgentState? LastOf(Guid agent)
    {
        lock (Heard)
        {
            return Heard.OfType<AgentStates>().SelectMany(news => news.States).LastOrDefault(state => state.AgentId == agent);
        }
    }

    public bool HasHeard(NodeNews news)
    {
        lock (Heard)
        {
            return Heard.Contains(news);
        }
    }

    /// <summary>What the two talk over was away, and is back.</summary>
    public void ComeBack()
    {
        ConnectedChanged!(false);
        ConnectedChanged(true);
    }

    public void Go(bool saidSo) => Gone!(Name, saidSo);

    public void Tell(NodeNews news) => Received!(Name, news);

    public void TellOnline(Guid agent, DateTimeOffset since, long link = 1, bool hasLink = true) =>
        Tell(new AgentStates([new AgentState(agent, link, hasLink ? Name : null, AgentStatus.Online, since, since, 0, null)]));
}
