using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>Which runs of a task.</summary>
/// <param name="State">Those in this state; when null all but <see cref="RunState.Retried"/>: of each host the latest attempt.</param>
/// <param name="Output">Those whose output has this hash.</param>
/// <param name="ExitCode">Those that ended with this.</param>
public readonly record struct RunFilter(RunState? State = null, string? Output = null, int? ExitCode = null);
