using System.Globalization;
using System.Text;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Swarm.Links;
using Nerve.Swarm.Measuring;

namespace Nerve.Swarm.Agents;

/// <summary>Plays runs as an agent would: each id once, results until they are answered, over as many links as that takes.</summary>
internal sealed class RunPlayer(SwarmOptions options, Random random, Meters meters, TimeProvider time)
{
    /// <summary>Between the pieces of a run that writes on and on, as an agent sends them.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Played> _runs = [];
    private Func<HubLink?> _link = () => null;

    public void Attach(Func<HubLink?> link) => _link = link;

    /// <summary>The runs whose result the center has not acknowledged.</summary>
    public IReadOnlyList<Guid> Unacknowledged()
    {
        lock (_gate)
        {
            return [.. _runs.Values.Where(run => !run.Acknowledged).Select(run => run.Id)];
        }
    }

    public void Take(RunAssignment assignment, CancellationToken cancellationToken)
    {
        Played run;
        lock (_gate)
        {
            if (_runs.ContainsKey(assignment.RunId))
            {
                return;
            }

            _runs[assignment.RunId] = run = new Played(assignment.RunId, Draw(options.FailShare), Draw(options.SlowShare));
        }

        Interlocked.Increment(ref meters.RunsStarted);
        _ = PlayAsync(run, cancellationToken);
    }

    public void Cancel(Guid id)
    {
        lock (_gate)
        {
            if (!_runs.TryGetValue(id, out var run))
            {
                _runs[id] = run = new Played(id, Fails: false, Slow: false);
                _ = PlayAsync(run, CancellationToken.None);
            }

            run.Cancelled.TrySetResult();
        }
    }

    private async Task PlayAsync(Played run, CancellationToken cancellationToken)
    {
        try
        {
            var startedAt = time.GetUtcNow();
            await TellAsync(link => link.CallAsync(
                nameof(IAgentGateway.ReportRunStarted), new RunStarted(run.Id, startedAt),
                NerveJsonContext.Default.RunStarted, NerveJsonContext.Default.ReportReply, cancellationToken), cancellationToken);
            var takes = run.Slow ? options.RunTime * 10 : options.RunTime;
            var bytes = options.OutputRate > 0
                ? await WriteOnAndOnAsync(run, takes, cancellationToken)
                : await WriteAllAsync(run, takes, cancellationToken);
            var finished = Finish(run, startedAt, bytes);
            await TellAsync(link => link.CallAsync(
                nameof(IAgentGateway.ReportRunFinished), finished,
                NerveJsonContext.Default.RunFinished, NerveJsonContext.Default.ReportReply, cancellationToken), cancellationToken);
            run.Acknowledged = true;
            Interlocked.Increment(ref meters.RunsAcknowledged);
        }
        catch (OperationCanceledException)
        {
            // The swarm stops.
        }
    }

    /// <returns>How many bytes.</returns>
    private async Task<long> WriteAllAsync(Played run, TimeSpan takes, CancellationToken cancellationToken)
    {
        var silent = options.OutputAfter < takes ? options.OutputAfter : takes;
        await PassAsync(run, silent, cancellationToken);
        long offset = 0;
        for (var lines = 0; lines < options.OutputLines && !run.Refused; lines += 500)
        {
            offset += await WriteAsync(run, offset, lines, Math.Min(options.OutputLines, lines + 500), cancellationToken);
        }

        await PassAsync(run, takes - silent, cancellationToken);
        return offset;
    }

    /// <returns>How many bytes.</returns>
    private async Task<long> WriteOnAndOnAsync(Played run, TimeSpan takes, CancellationToken cancellationToken)
    {
        var (begun, offset, lines) = (time.GetTimestamp(), 0L, 0);
        while (time.GetElapsedTime(begun) < takes && !run.Cancelled.Task.IsCompleted)
        {
            await PassAsync(run, s_pause, cancellationToken);
            var due = (int)(options.OutputRate * time.GetElapsedTime(begun).TotalSeconds);
            offset += run.Refused ? 0 : await WriteAsync(run, offset, lines, due, cancellationToken);
            lines = due;
        }

        return offset;
    }

    private Task PassAsync(Played run, TimeSpan span, CancellationToken cancellationToken) =>
        Task.WhenAny(run.Cancelled.Task, Task.Delay(span, time, cancellationToken));

    /// <returns>How many bytes; none when they were refused.</returns>
    private async Task<int> WriteAsync(Played run, long offset, int from, int to, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        for (var line = from; line < to; line++)
        {
            // The same on all hosts, and another where it fails, as fleets have it.
            text.Append(CultureInfo.InvariantCulture, $"line {line}{(run.Fails ? ": not well" : "")}\n");
        }

        var output = new RunOutput(run.Id, offset, OutputStream.Stdout, time.GetUtcNow(), Encoding.ASCII.GetBytes(text.ToString()));
        var reply = await TellAsync(link => link.CallAsync(
            nameof(IAgentGateway.ReportRunOutput), output,
            NerveJsonContext.Default.RunOutput, NerveJsonContext.Default.OutputReply, cancellationToken), cancellationToken);
        run.Refused = !reply.Accepted;
        return reply.Accepted ? output.Data.Length : 0;
    }

    private RunFinished Finish(Played run, DateTimeOffset startedAt, long bytes)
    {
        var state = run.Cancelled.Task.IsCompleted ? RunState.Cancelled : run.Fails ? RunState.Failed : RunState.Succeeded;
        return new RunFinished(
            run.Id, state, state switch { RunState.Succeeded => 0, RunState.Failed => 1, _ => null },
            state == RunState.Cancelled ? "SIGTERM" : null, null, startedAt, time.GetUtcNow(), bytes, false);
    }

    /// <summary>Repeats a report until it is answered, as an agent's journal makes it do.</summary>
    private async Task<T> TellAsync<T>(Func<HubLink, Task<T>> tell, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_link() is { } link)
            {
                try
                {
                    return await tell(link);
                }
                catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    Interlocked.Increment(ref meters.ReportsRepeated);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
    }

    private bool Draw(double share)
    {
        lock (random)
        {
            return random.NextDouble() < share;
        }
    }

    private sealed record Played(Guid Id, bool Fails, bool Slow)
    {
        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Acknowledged { get; set; }

        /// <summary>The center takes no more output of it.</summary>
        public bool Refused { get; set; }
    }
}
