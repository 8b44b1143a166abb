using System.Text.Json.Serialization;

namespace Nerve.Protocol.Runs;

/// <summary>The states of a run. The names are on the wire and in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunState>))]
public enum RunState
{
    /// <summary>Not started yet: the agent is away, or has not answered.</summary>
    Pending = 0,

    /// <summary>Its process was started.</summary>
    Running = 1,

    /// <summary>Exit code 0.</summary>
    Succeeded = 2,

    /// <summary>Another exit code, a signal, or it could not be started.</summary>
    Failed = 3,

    /// <summary>Killed because its time was up.</summary>
    TimedOut = 4,

    /// <summary>Stopped, or never started, because someone cancelled it.</summary>
    Cancelled = 5,

    /// <summary>Never started: its host was away until the task expired.</summary>
    Expired = 6,

    /// <summary>It was or may have been started, and nobody can say how it ended.</summary>
    Lost = 7,

    /// <summary>Not given to the agent yet: its batch has not begun, or no more hosts may run at once. Never on the agents' wire.</summary>
    Waiting = 8,

    /// <summary>Never started: the host's own policy does not allow it.</summary>
    Refused = 9,

    /// <summary>It failed with an exit code that its task calls transient; the next attempt is a run of its own. Never on the agents' wire.</summary>
    Retried = 10,
}

/// <summary>What a task executes. The names are on the wire and in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskKind>))]
public enum TaskKind
{
    /// <summary>A program with arguments, without a shell.</summary>
    Command = 0,

    /// <summary>A script text with its interpreter.</summary>
    Script = 1,
}

/// <summary>Where output came from. The names are on the wire and in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<OutputStream>))]
public enum OutputStream
{
    Stdout = 1,
    Stderr = 2,
}
