namespace Nerve.Protocol.Link;

/// <summary>What the center may ask of an agent. None of these is acknowledged by itself; the agent's reports are the answer.</summary>
/// <remarks>
/// Messages may come twice, or for a run that is long over: the agent's journal decides. The center repeats an assignment that it has not
/// heard of after a while, and after every <see cref="IAgentGateway.Hello"/>.
/// </remarks>
public interface IAgentPeer
{
    /// <summary>Execute this run, once. A run whose id is in the journal is not started again.</summary>
    Task Run(Runs.RunAssignment assignment);

    /// <summary>Stop this run: TERM to its processes, KILL after <see cref="Runs.RunCancel.GraceSeconds"/>.</summary>
    Task Cancel(Runs.RunCancel cancel);

    /// <summary>New settings, effective from the next interval on.</summary>
    Task Configure(AgentSettings settings);
}
