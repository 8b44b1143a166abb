namespace Nerve.Server.Nodes;

/// <summary>Carries news between the nodes of one control plane: at most once, in the order in which each node sent them.</summary>
public interface INodeBus
{
    /// <summary>False for a node that is alone by its configuration: nobody needs to be told anything.</summary>
    bool HasOthers { get; }

    /// <summary>Whether news come and go at this moment. While they do not, this node knows nothing of agents at other nodes.</summary>
    bool IsConnected { get; }

    /// <summary>News of another node, with its id. Handlers must not block.</summary>
    event Action<string, NodeNews>? Received;

    /// <summary><see cref="IsConnected"/> changed.</summary>
    event Action<bool>? ConnectedChanged;

    /// <summary>Tells every other node. Never waits and never throws: what cannot be sent is lost.</summary>
    void Publish(NodeNews news);
}
