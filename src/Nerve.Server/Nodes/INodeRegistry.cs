namespace Nerve.Server.Nodes;

/// <summary>Which nodes there are.</summary>
public interface INodeRegistry
{
    /// <summary>Those that are alive, this one too, in order of their start.</summary>
    IReadOnlyList<NodeInfo> Nodes { get; }

    /// <summary>What is wrong between the nodes, one sentence each that says what to do; empty when all is well.</summary>
    IReadOnlyList<string> Problems { get; }

    /// <summary>What the nodes share is out of reach: what is known here of agents at other nodes is getting old.</summary>
    bool IsCutOff { get; }

    /// <summary>A node is there no more; true when it said so itself before it stopped.</summary>
    event Action<string, bool>? Gone;

    /// <summary>Makes this node known, once, before the fleet is loaded. What the nodes share may be out of reach: then it goes on alone, and
    /// joins later.</summary>
    /// <exception cref="NodesUnavailableException">It refuses this node, and waiting would not help: a wrong password, for example.</exception>
    Task JoinAsync(CancellationToken cancellationToken);
}

/// <param name="Id">Host name and a random part; a restart changes it.</param>
/// <param name="Version">Of the program.</param>
/// <param name="StartedAt">By its own clock.</param>
/// <param name="Now">Its clock when it last reported.</param>
/// <param name="Schema">Of the database, as this node's program wants it.</param>
public sealed record NodeInfo(string Id, string Version, DateTimeOffset StartedAt, DateTimeOffset Now, string Schema);
