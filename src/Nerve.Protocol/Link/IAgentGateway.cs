namespace Nerve.Protocol.Link;

/// <summary>What an agent may ask of the center, over the hub at <see cref="ProtocolInfo.AgentHubPath"/>.</summary>
/// <remarks>
/// <para><b>Flow.</b> The connection carries the agent's own credential as a bearer token, so the center knows who speaks before the first
/// call. <see cref="Hello"/> comes first and once per connection; any other call before it is refused. After it, calls may come in any order
/// and number. <see cref="Goodbye"/> announces a deliberate stop: the center then shows the agent offline at once instead of suspect.</para>
/// <para><b>Acknowledgement.</b> A call that returns has been stored: the agent may forget what it reported. A call that throws, or whose
/// connection is lost, may or may not have been stored and is repeated; every call is safe to repeat.</para>
/// <para><b>Trust.</b> The center accepts reports about the caller's own runs only, and only transitions that make sense; anything else is
/// answered with <see cref="ReportReply.Accepted"/> false and a stable code, never applied.</para>
/// <para>Method names are the wire names: they are frozen, as are the JSON names of every message.</para>
/// </remarks>
public interface IAgentGateway
{
    /// <summary>Opens the session: versions, identity, what the agent still knows of its runs.</summary>
    Task<HelloReply> Hello(Hello hello);

    /// <summary>Says "alive" and delivers the metric samples taken since the last one.</summary>
    Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat);

    /// <summary>Delivers the whole inventory: at start, once a day, and whenever the center asks for it.</summary>
    Task<ReportReply> ReportInventory(Inventories.Inventory inventory);

    /// <summary>Delivers the sections that changed. Refused with <see cref="ProblemCodes.InventoryBase"/> when they do not fit what the center
    /// has: <see cref="ReportInventory"/> is the answer to that, and may take the place of this call at any time.</summary>
    Task<ReportReply> ReportInventorySections(Inventories.InventoryUpdate update);

    /// <summary>The run's process was started; from here on it counts as running.</summary>
    Task<ReportReply> ReportRunStarted(Runs.RunStarted started);

    /// <summary>A piece of the run's output. Pieces are applied in order of <see cref="Runs.RunOutput.Offset"/>, each byte once.</summary>
    Task<OutputReply> ReportRunOutput(Runs.RunOutput output);

    /// <summary>The run's final result. The agent repeats it until it is accepted or the center says that it does not know the run.</summary>
    Task<ReportReply> ReportRunFinished(Runs.RunFinished finished);

    /// <summary>A deliberate stop, for example on SIGTERM.</summary>
    Task Goodbye(Goodbye goodbye);
}
