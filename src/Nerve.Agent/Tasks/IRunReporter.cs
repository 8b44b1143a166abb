using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>The way of runs to the center.</summary>
/// <remarks>
/// A call that returns was answered by the center. A call that throws, whatever it throws, may or may not have arrived and is repeated.
/// Calls for one run come one at a time and in order; those of different runs come in parallel, and may wait for each other. Every call ends: one that
/// is not answered in time throws.
/// </remarks>
internal interface IRunReporter
{
    Task<ReportReply> StartedAsync(RunStarted started, CancellationToken cancellationToken);

    Task<OutputReply> OutputAsync(RunOutput output, CancellationToken cancellationToken);

    Task<ReportReply> FinishedAsync(RunFinished finished, CancellationToken cancellationToken);
}
