namespace Nerve.Server.Nodes;

/// <summary>The newest state of every agent, shared by the nodes, so that one that starts reads no history. Never the only copy of anything.</summary>
public interface IFleetState
{
    /// <exception cref="NodesUnavailableException">It cannot be reached, or takes nothing more.</exception>
    Task SaveAsync(IReadOnlyCollection<AgentState> states, CancellationToken cancellationToken);

    /// <exception cref="NodesUnavailableException">It cannot be reached.</exception>
    Task RemoveAsync(Guid agentId, CancellationToken cancellationToken);

    /// <summary>All there are; empty when this node is alone.</summary>
    /// <exception cref="NodesUnavailableException">It cannot be reached.</exception>
    Task<IReadOnlyList<AgentState>> LoadAsync(CancellationToken cancellationToken);
}

/// <summary>What the nodes share is out of reach; the text says why, and holds no secrets.</summary>
public sealed class NodesUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
