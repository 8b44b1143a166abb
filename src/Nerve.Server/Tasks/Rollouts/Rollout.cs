using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Where a rollout stands. It is stored with its task; any node may take the next step from it.</summary>
public sealed record Rollout
{
    public required RolloutSpec Spec { get; init; }

    /// <summary>How many hosts the task has.</summary>
    public required int Hosts { get; init; }

    /// <summary>How many batches they are in.</summary>
    public required int Batches { get; init; }

    public RolloutPhase Phase { get; init; }

    /// <summary>The batch that is worked on, or has just been; the first is 0.</summary>
    public int Batch { get; init; }

    /// <summary>When the phase ends by itself, if it does.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why it is paused or stopped, in English.</summary>
    public string? Reason { get; init; }

    /// <summary>The person who paused or cancelled it; null where nobody did.</summary>
    public string? HaltedBy { get; init; }

    /// <summary>The phase that a person interrupted.</summary>
    public RolloutPhase? Interrupted { get; init; }

    /// <summary>Hosts that had failed when it was last looked at.</summary>
    public int Failures { get; init; }

    /// <summary>Hosts of this batch that went offline in its soak time, when they were last looked at.</summary>
    public int Lost { get; init; }

    /// <summary>Such hosts of the batches before: nobody looks at them again, but they have failed.</summary>
    public int LostBefore { get; init; }

    /// <summary>Those of them of whom a person said: go on all the same.</summary>
    public int Forgiven { get; init; }

    /// <summary>Runs that the last step released. Noted before it is done, so that whoever comes next can do it, too: doing it twice is once.</summary>
    public IReadOnlyList<Guid> Releasing { get; init; } = [];

    /// <summary>Counts the steps: of two nodes that take one from the same state, only the first is taken.</summary>
    public long Step { get; init; }

    [JsonIgnore]
    public bool IsOver => Phase is RolloutPhase.Stopped or RolloutPhase.Finished;
}

/// <summary>What a rollout is doing. The names are in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RolloutPhase>))]
public enum RolloutPhase
{
    /// <summary>Hosts of the batch are given their run.</summary>
    Running = 0,

    /// <summary>The batch is done, and its hosts are watched.</summary>
    Soaking = 1,

    /// <summary>The batch is done, and the next waits for its time.</summary>
    Pausing = 2,

    /// <summary>The batch is done, and the next waits for a person.</summary>
    Confirming = 3,

    /// <summary>A person, or too many failures, brought it to a halt; a person may let it go on.</summary>
    Paused = 4,

    /// <summary>It ended before all hosts had their turn.</summary>
    Stopped = 5,

    /// <summary>All hosts had their turn.</summary>
    Finished = 6,
}
