using System.Text.Json.Serialization;
using Nerve.Protocol;
using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>Where a task stands, as its runs say. The names are in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskState>))]
public enum TaskState
{
    /// <summary>No run has started.</summary>
    Pending = 0,

    /// <summary>Some run has started, some is not over.</summary>
    Running = 1,

    /// <summary>Every run succeeded.</summary>
    Succeeded = 2,

    /// <summary>All runs are over; at least one failed, timed out, was lost or refused.</summary>
    Failed = 3,

    /// <summary>All runs are over, none failed; at least one was cancelled.</summary>
    Cancelled = 4,

    /// <summary>All runs are over, none failed or was cancelled; at least one expired.</summary>
    Expired = 5,
}

/// <summary>How many runs of a task are in which state.</summary>
public sealed record RunCounts(
    int Pending = 0, int Running = 0, int Succeeded = 0, int Failed = 0, int TimedOut = 0, int Cancelled = 0, int Expired = 0, int Lost = 0,
    int Waiting = 0, int Refused = 0)
{
    /// <summary>The task's state, which has a place of its own on the wire.</summary>
    [JsonIgnore]
    public TaskState State => (Pending + Waiting, Running) switch
    {
        ( > 0, 0) when Over == 0 => TaskState.Pending,
        (0, 0) => Bad > 0 ? TaskState.Failed
            : Cancelled > 0 ? TaskState.Cancelled
            : Expired > 0 ? TaskState.Expired
            : TaskState.Succeeded,
        _ => TaskState.Running,
    };

    /// <summary>From how many there are in each state; a state that is not named has none.</summary>
    public static RunCounts Of(IReadOnlyDictionary<RunState, int> byState)
    {
        int In(RunState state) => byState.GetValueOrDefault(state);
        return new RunCounts(
            In(RunState.Pending), In(RunState.Running), In(RunState.Succeeded), In(RunState.Failed),
            In(RunState.TimedOut), In(RunState.Cancelled), In(RunState.Expired), In(RunState.Lost), In(RunState.Waiting),
            In(RunState.Refused));
    }

    [JsonIgnore]
    public int Total => Waiting + Pending + Running + Over;

    /// <summary>Those that did not do what was asked for, though their hosts were there.</summary>
    [JsonIgnore]
    public int Bad => Failed + TimedOut + Lost + Refused;

    private int Over => Succeeded + Bad + Cancelled + Expired;
}
