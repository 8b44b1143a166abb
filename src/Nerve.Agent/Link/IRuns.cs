using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>What the link needs of the part that executes tasks.</summary>
internal interface IRuns
{
    /// <summary>Every run of the journal whose end the center has not acknowledged.</summary>
    IReadOnlyList<Guid> Unacknowledged();

    Task AcceptAsync(RunAssignment assignment);

    Task CancelAsync(RunCancel cancel);

    /// <summary>The center does not know these runs (any more).</summary>
    Task ForgetAsync(IReadOnlyList<Guid> runIds);
}
