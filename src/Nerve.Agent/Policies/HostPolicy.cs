namespace Nerve.Agent.Policies;

/// <summary>What the host's owner lets a center do here. What is null is left to the center.</summary>
internal sealed class HostPolicy
{
    /// <summary>No tasks at all.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>As tasks name them: <c>command</c>, <c>script</c>.</summary>
    public IReadOnlyList<string>? Kinds { get; set; }

    public IReadOnlyList<string>? Users { get; set; }

    /// <summary>Names of environment variables that a task may set; an end of <c>*</c> stands for any.</summary>
    public IReadOnlyList<string>? Env { get; set; }

    /// <summary>Programs that may be started; for scripts that is their interpreter.</summary>
    public IReadOnlyList<ProgramRule>? Commands { get; set; }

    /// <summary>When tasks may begin.</summary>
    public IReadOnlyList<TimeWindow>? Windows { get; set; }

    /// <summary>The longest time limit that a task may have.</summary>
    public int? Seconds { get; set; }

    /// <summary>Runs at a time; the others wait.</summary>
    public int? Runs { get; set; }

    /// <summary>The most that the processes of a run may use, whatever its task says.</summary>
    public int? CpuPercent { get; set; }

    public long? MemoryBytes { get; set; }

    public int? Processes { get; set; }
}
