using System.Globalization;
using System.Text;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>Copies the last bytes of some files of frames, and says in front of them what is left out.</summary>
/// <param name="files">In their order.</param>
/// <param name="room">How many bytes may be kept.</param>
/// <param name="written">How many bytes there were of each stream, also in files that are gone; null if nobody knows.</param>
internal sealed class EndOfOutput(string[] files, long room, long[]? written)
{
    private readonly long[] _kept = new long[3];

    /// <returns>Whether nothing is left out.</returns>
    public bool CopyTo(FrameFile output)
    {
        var (drop, fits, begun) = (Measure() - room, true, false);
        foreach (var file in files)
        {
            using var reader = new FrameReader(file);
            while (fits && reader.Next())
            {
                var cut = (int)Math.Clamp(drop, 0, reader.Frame.Length);
                drop -= cut;
                _kept[(int)reader.Frame.Stream] -= cut;
                if (cut < reader.Frame.Length)
                {
                    fits = (begun || TellWhatIsLeftOut(output, reader.Frame.At)) && output.TryAppend(reader.Frame.Stream, reader.Frame.At, reader.Data[cut..]);
                    begun = true;
                }
            }
        }
        return fits && IsWhole(OutputStream.Stdout) && IsWhole(OutputStream.Stderr);
    }

    private long Measure()
    {
        var sum = 0L;
        foreach (var file in files)
        {
            using var reader = new FrameReader(file);
            while (reader.Next())
            {
                _kept[(int)reader.Frame.Stream] += reader.Frame.Length;
                sum += reader.Frame.Length;
            }
        }
        return sum;
    }

    private bool IsWhole(OutputStream stream) => written is not null && written[(int)stream] == _kept[(int)stream];

    private bool TellWhatIsLeftOut(FrameFile output, DateTimeOffset at) =>
        TellWhatIsLeftOut(output, at, OutputStream.Stdout) && TellWhatIsLeftOut(output, at, OutputStream.Stderr);

    private bool TellWhatIsLeftOut(FrameFile output, DateTimeOffset at, OutputStream stream)
    {
        if (IsWhole(stream) || (written is null && stream == OutputStream.Stderr))
        {
            return true;
        }
        var how = written is null ? "some output is" : string.Create(CultureInfo.InvariantCulture, $"{written[(int)stream] - _kept[(int)stream]} bytes are");
        return output.TryAppend(stream, at, Encoding.UTF8.GetBytes($"\n[nerve: {how} left out here]\n"));
    }
}
