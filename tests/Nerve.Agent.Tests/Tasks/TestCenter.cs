using System.Collections.Concurrent;
using System.Text;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>A center in memory: applies each byte of output once, in order, and can be away or slow for some runs.</summary>
internal sealed class TestCenter : IRunReporter
{
    private readonly ConcurrentDictionary<Guid, ReportedRun> _runs = new();

    /// <summary>Throwing from here is a broken link.</summary>
    public Func<Guid, string, Task> BeforeEach { get; set; } = (_, _) => Task.CompletedTask;

    public Func<Guid, string, ReportReply> Answer { get; set; } = (_, _) => ReportReply.Ok;

    public ReportedRun this[Guid runId] => _runs.GetOrAdd(runId, _ => new ReportedRun());

    public async Task<ReportReply> StartedAsync(RunStarted started, CancellationToken cancellationToken)
    {
        await BeforeEach(started.RunId, "started");
        this[started.RunId].Calls.Enqueue("started");
        return Answer(started.RunId, "started");
    }

    public async Task<OutputReply> OutputAsync(RunOutput output, CancellationToken cancellationToken)
    {
        await BeforeEach(output.RunId, "output");
        var answer = Answer(output.RunId, "output");
        var run = this[output.RunId];
        run.Calls.Enqueue("output");
        return answer.Accepted
            ? new OutputReply(true, run.Apply(output))
            : new OutputReply(false, 0, answer.Code);
    }

    public async Task<ReportReply> FinishedAsync(RunFinished finished, CancellationToken cancellationToken)
    {
        await BeforeEach(finished.RunId, "finished");
        this[finished.RunId].Finish(finished);
        return Answer(finished.RunId, "finished");
    }
}

internal sealed class ReportedRun
{
    private readonly TaskCompletionSource<RunFinished> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RunOutput> _pieces = [];
    private long _offset;

    public ConcurrentQueue<string> Calls { get; } = new();

    public Task<RunFinished> Finished => _finished.Task;

    public int TimesFinished => Calls.Count(call => call == "finished");

    public byte[] Bytes(OutputStream stream)
    {
        lock (_pieces)
        {
            return [.. _pieces.Where(piece => piece.Stream == stream).SelectMany(piece => piece.Data)];
        }
    }

    public string Stdout => Encoding.UTF8.GetString(Bytes(OutputStream.Stdout));

    public string Stderr => Encoding.UTF8.GetString(Bytes(OutputStream.Stderr));

    public string Both
    {
        get
        {
            lock (_pieces)
            {
                return Encoding.UTF8.GetString([.. _pieces.SelectMany(piece => piece.Data)]);
            }
        }
    }

    public long Apply(RunOutput piece)
    {
        lock (_pieces)
        {
            Assert.InRange(piece.Data.Length, 1, RunOutput.MaxBytes);
            if (piece.Offset == _offset)
            {
                _pieces.Add(piece);
                _offset += piece.Data.Length;
            }
            return _offset;
        }
    }

    public void Finish(RunFinished finished)
    {
        Calls.Enqueue("finished");
        _finished.TrySetResult(finished);
    }
}
