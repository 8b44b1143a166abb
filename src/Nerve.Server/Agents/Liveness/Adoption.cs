namespace Nerve.Server.Agents.Liveness;

/// <summary>What became of another node's word about an agent.</summary>
public enum Adoption
{
    /// <summary>It was older than what is known here.</summary>
    Stale,

    /// <summary>The agent's link ends here, whatever the other node thinks: it should be told.</summary>
    Contradicted,

    Taken,

    /// <summary>Taken, and the link that ends here is not the agent's newest: it is to be cut.</summary>
    LinkLost,
}
