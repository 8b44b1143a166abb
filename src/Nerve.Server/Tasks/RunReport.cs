using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>What an agent reports of a run.</summary>
/// <param name="AgentId">Whose word it is.</param>
/// <param name="RunId">Which run.</param>
/// <param name="From">The states from which this is believed.</param>
/// <param name="Change">What it makes of the run.</param>
/// <param name="FailedWith">The exit code of a failure: perhaps one that is tried again.</param>
public sealed record RunReport(
    Guid AgentId, Guid RunId, IReadOnlyCollection<RunState> From, Func<Run, Run> Change, int? FailedWith = null);
