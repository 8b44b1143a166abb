using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>A task on one host.</summary>
public sealed record Run
{
    /// <summary>The key of the agent's journal.</summary>
    public required Guid Id { get; init; }

    public required Guid TaskId { get; init; }
    public required Guid AgentId { get; init; }
    public required string Hostname { get; init; }
    public RunState State { get; init; }

    /// <summary>Its batch in the task's rollout; the first is 0.</summary>
    public int Batch { get; init; }

    /// <summary>1, and one more with each <see cref="RunState.Retried"/> run of this task and host.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>It is not offered before this moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public int? ExitCode { get; init; }
    public string? Signal { get; init; }
    public string? Error { get; init; }

    /// <summary>When it was first sent to the agent; before that it certainly has not started.</summary>
    public DateTimeOffset? OfferedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>All that it wrote, kept or not.</summary>
    public long OutputBytes { get; init; }

    public bool OutputTruncated { get; init; }

    /// <summary>Bytes of output that are stored; the offset expected next.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Tells equal outputs (<see cref="Outputs.OutputHash"/>); null until somebody wanted to know.</summary>
    public string? OutputHash { get; init; }

    public bool IsOver => State is not (RunState.Waiting or RunState.Pending or RunState.Running);
}
