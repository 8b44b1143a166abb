using System.Runtime.CompilerServices;
using System.Text;
using Nerve.Protocol.Runs;
using Nerve.Server.Retention;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>A piece of output as text.</summary>
/// <param name="Offset">Bytes of both streams before this piece.</param>
/// <param name="Stream">stdout or stderr.</param>
/// <param name="At">When the agent read it.</param>
/// <param name="Text">Valid Unicode: what was no UTF-8 is U+FFFD.</param>
/// <param name="Bytes">How long the piece was; the next begins at <paramref name="Offset"/> plus this.</param>
public sealed record OutputText(long Offset, OutputStream Stream, DateTimeOffset At, string Text, int Bytes);

/// <summary>Reads a run's output from the store, and goes on reading while it grows.</summary>
public sealed class OutputFollower(ITaskStore store, OutputSignals signals, RetentionSettings keep, TimeProvider time)
{
    private const int PageBytes = 256 * 1024;

    /// <summary>A bell that another node rings may be lost on its way.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>Whether there is such a run, and its output was not removed: that is not the same as none. Asked before an answer begins, for what
    /// goes wrong later reaches nobody by name.</summary>
    /// <exception cref="ProblemException">There is no such run, or no more of what it wrote.</exception>
    /// <returns>The run.</returns>
    public async Task<Run> EnsureKeptAsync(Guid taskId, Guid agentId, int? attempt, CancellationToken cancellationToken)
    {
        var run = await store.FindRunAsync(taskId, agentId, attempt, cancellationToken) ?? throw Unknown(taskId, agentId);
        if (run.StoredBytes > 0 && (await store.ReadOutputAsync(run.Id, 0, 1, cancellationToken)).Count == 0)
        {
            throw Problems.Gone(
                "output.expired",
                $"What the run wrote, {run.StoredBytes} bytes, has been removed: output is kept for {keep.Output.TotalDays:0.##} days after a run's end (retention-output).");
        }

        return run;
    }

    /// <param name="run">Whose.</param>
    /// <param name="fromOffset">0, or where an earlier call ended.</param>
    /// <param name="only">One stream, or null for both as they came.</param>
    /// <param name="wait">Whether to go on until the run is over.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<OutputText> FollowAsync(
        Run run, long fromOffset, OutputStream? only, bool wait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var decoders = new Dictionary<OutputStream, Decoder>
        {
            [OutputStream.Stdout] = Encoding.UTF8.GetDecoder(),
            [OutputStream.Stderr] = Encoding.UTF8.GetDecoder(),
        };
        var offset = Math.Max(0, fromOffset);
        while (true)
        {
            // The order matters: what is over when the bell is taken has no output after the read.
            var bell = wait ? signals.NextAsync(run.Id) : Task.CompletedTask;
            var isOver = (await store.FindRunAsync(run.Id, cancellationToken))?.IsOver ?? true;
            var pieces = await store.ReadOutputAsync(run.Id, offset, PageBytes, cancellationToken);
            foreach (var piece in pieces)
            {
                var skip = (int)Math.Max(0, offset - piece.Offset);
                offset = piece.Offset + piece.Data.Length;
                if (only is null || only == piece.Stream)
                {
                    var text = Decode(decoders[piece.Stream], piece.Data.AsSpan(skip), flush: false);
                    yield return new OutputText(piece.Offset + skip, piece.Stream, piece.At, text, piece.Data.Length - skip);
                }
            }

            if (pieces.Count > 0)
            {
                continue;
            }

            if (isOver || !wait)
            {
                signals.RingHere(run.Id);
                break;
            }

            await WaitAsync(bell, cancellationToken);
        }

        // A character cut off at the very end.
        foreach (var (stream, decoder) in decoders)
        {
            if (Decode(decoder, [], flush: true) is { Length: > 0 } rest)
            {
                yield return new OutputText(offset, stream, time.UtcMilliseconds(), rest, 0);
            }
        }
    }

    private async Task WaitAsync(Task bell, CancellationToken cancellationToken)
    {
        using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(bell, Task.Delay(s_look, time, look.Token));
        await look.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static string Decode(Decoder decoder, ReadOnlySpan<byte> bytes, bool flush)
    {
        var chars = new char[decoder.GetCharCount(bytes, flush)];
        var length = decoder.GetChars(bytes, chars, flush);
        return new string(chars, 0, length);
    }

    public static ProblemException Unknown(Guid taskId, Guid agentId) =>
        Problems.NotFound("run.unknown", $"Task {taskId} has no run on agent {agentId}.");
}
