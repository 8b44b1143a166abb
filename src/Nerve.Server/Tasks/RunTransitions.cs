using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>Which state may follow which. A run that is over stays as it is, but one that was given up as lost ends as its agent says when it is back.</summary>
public static class RunTransitions
{
    public static IReadOnlyCollection<RunState> Open { get; } = [RunState.Pending, RunState.Running];

    /// <summary>Of those that wait for their batch the agent knows nothing: its word is not believed of them.</summary>
    public static IReadOnlyCollection<RunState> Unfinished { get; } = [RunState.Waiting, RunState.Pending, RunState.Running];

    public static IReadOnlyCollection<RunState> PendingOnly { get; } = [RunState.Pending];

    public static IReadOnlyCollection<RunState> RunningOnly { get; } = [RunState.Running];

    private static readonly RunState[] s_openOrLost = [RunState.Pending, RunState.Running, RunState.Lost];

    /// <summary>The states from which an agent's report of this end is believed.</summary>
    public static IReadOnlyCollection<RunState> Before(RunState end) => end switch
    {
        RunState.Succeeded or RunState.Failed or RunState.TimedOut or RunState.Cancelled => s_openOrLost,
        RunState.Lost => Open,
        RunState.Expired or RunState.Refused => PendingOnly,
        _ => [],
    };
}
