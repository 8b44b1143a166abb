using Nerve.Agent.Journal;
using Nerve.Protocol;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Reports one run from its journal folder: that it started, its output in order while it grows, and last its result.</summary>
/// <remarks>
/// Nothing is written down about what the center has: after a restart the first answer says where the output goes on, and the other
/// reports are repeated, which changes nothing.
/// </remarks>
internal sealed class RunDelivery(RunFolder folder, IRunReporter reporter, ReportRetry retry, TimeProvider time)
{
    /// <summary>Somebody waits for the first words of a run; what runs for long is looked at less often.</summary>
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private const int FirstPolls = 100;

    /// <summary>Of what goes on and on, the center gets pieces rather than lines: a thousand hosts may be writing at once.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private const int FirstPieces = 20;

    private int _polls;
    private bool _startReported;
    private bool _outputRefused;
    private long _offset;
    private int _pieces;
    private long _sentAt;
    private int _standstills;

    /// <summary>Returns when the center has the result, or does not know the run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        OutputLogReader? output = null;
        try
        {
            while (true)
            {
                // Asked before the output is read: once there is a result, the output is complete.
                var over = folder.HasResult;
                output ??= OutputLogReader.TryOpen(folder);
                if (!await ReportStartAsync(cancellationToken))
                {
                    return;
                }
                // In this order, unless the supervisor died before it could write the start down.
                if (output is not null && (over || (_startReported && IsTimeForOutput())) && !await ReportOutputAsync(output, cancellationToken))
                {
                    return;
                }
                if (over)
                {
                    break;
                }
                await Task.Delay(_polls++ < FirstPolls ? s_firstPoll : s_poll, time, cancellationToken);
            }
            await ReportResultAsync(cancellationToken);
        }
        finally
        {
            output?.Dispose();
        }
    }

    /// <returns>Whether the center knows the run.</returns>
    private async Task<bool> ReportStartAsync(CancellationToken cancellationToken)
    {
        if (_startReported || (folder.ReadStarted()?.StartedAt ?? folder.ReadResult()?.StartedAt) is not { } startedAt)
        {
            return true;
        }
        var started = new RunStarted(folder.RunId, startedAt);
        var reply = await retry.UntilAnsweredAsync(folder.RunId, token => reporter.StartedAsync(started, token), cancellationToken);
        _startReported = true;
        return reply.Accepted || reply.Code != ProblemCodes.RunUnknown;
    }

    private bool IsTimeForOutput() => _pieces < FirstPieces || time.GetElapsedTime(_sentAt) >= s_pause;

    /// <returns>Whether the center knows the run.</returns>
    private async Task<bool> ReportOutputAsync(OutputLogReader output, CancellationToken cancellationToken)
    {
        while (!_outputRefused && output.Read(_offset) is { } piece)
        {
            var reply = await retry.UntilAnsweredAsync(folder.RunId, token => reporter.OutputAsync(piece, token), cancellationToken);
            if (!reply.Accepted)
            {
                // The center takes no more output of this run; its result is another matter.
                _outputRefused = true;
                return reply.Code != ProblemCodes.RunUnknown;
            }
            _pieces++;
            _sentAt = time.GetTimestamp();
            await MoveAsync(Math.Max(0, reply.NextOffset), cancellationToken);
        }
        return true;
    }

    private async Task MoveAsync(long next, CancellationToken cancellationToken)
    {
        _standstills = next > _offset ? 0 : _standstills + 1;
        _offset = next;
        if (_standstills > 1)
        {
            await retry.PauseAsync(cancellationToken);
        }
    }

    private async Task ReportResultAsync(CancellationToken cancellationToken)
    {
        var result = folder.ReadResult()
            ?? RunEndings.Lost(folder.RunId, "The journal's record of the result is damaged.", folder.ReadStarted()?.StartedAt, _offset, time);
        // Accepted or not: either answer is final.
        await retry.UntilAnsweredAsync(folder.RunId, token => reporter.FinishedAsync(result, token), cancellationToken);
    }
}
