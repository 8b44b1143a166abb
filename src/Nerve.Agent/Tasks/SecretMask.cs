using System.Text;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Replaces secret values in a run's output, also where a value comes in several pieces.</summary>
/// <remarks>What may be the beginning of a value is held back until it is known; so are only the last bytes of a piece, and seldom.</remarks>
internal sealed class SecretMask
{
    private const int LeastLine = 8;

    private readonly Lock _sync = new();
    private readonly OutputSink _sink;
    private readonly List<byte[]> _secrets = [];
    private readonly byte[] _starts;
    private readonly byte[][] _held = [[], [], []]; // by the stream's number; there is none of number 0

    public SecretMask(IEnumerable<string> values, OutputSink sink)
    {
        _sink = sink;
        foreach (var value in values)
        {
            Add(value, least: 1);
            // Programs print the lines of a key apart, with a mark before each for example.
            foreach (var line in value.Split('\n', StringSplitOptions.TrimEntries))
            {
                Add(line, LeastLine);
            }
        }
        _starts = [.. _secrets.Select(secret => secret[0]).Distinct()];
    }

    public void Append(OutputStream stream, ReadOnlySpan<byte> data)
    {
        if (_secrets.Count == 0)
        {
            _sink(stream, data);
            return;
        }
        lock (_sync)
        {
            var held = _held[(int)stream];
            Pass(stream, held.Length == 0 ? data : [.. held, .. data], isLast: false);
        }
    }

    /// <summary>Nothing more comes: lets go of what was held back.</summary>
    public void Flush()
    {
        lock (_sync)
        {
            Pass(OutputStream.Stdout, _held[(int)OutputStream.Stdout], isLast: true);
            Pass(OutputStream.Stderr, _held[(int)OutputStream.Stderr], isLast: true);
        }
    }

    private void Pass(OutputStream stream, ReadOnlySpan<byte> data, bool isLast)
    {
        var (passed, at, end) = (0, 0, data.Length);
        while (at < end && data[at..].IndexOfAny(_starts) is >= 0 and var next)
        {
            at += next;
            var length = Match(data[at..], isLast);
            if (length < 0)
            {
                end = at;
            }
            else if (length > 0)
            {
                Emit(stream, data[passed..at]);
                Emit(stream, "***"u8);
                passed = at + length;
            }
            at += Math.Max(length, 1);
        }
        Emit(stream, data[passed..end]);
        _held[(int)stream] = data[end..].ToArray();
    }

    /// <returns>The length of the longest value that begins here; -1 where more must come to know it.</returns>
    private int Match(ReadOnlySpan<byte> data, bool isLast)
    {
        var longest = 0;
        foreach (var secret in _secrets)
        {
            if (data.StartsWith(secret))
            {
                longest = Math.Max(longest, secret.Length);
            }
            else if (!isLast && secret.AsSpan().StartsWith(data))
            {
                return -1;
            }
        }
        return longest;
    }

    private void Emit(OutputStream stream, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
        {
            _sink(stream, data);
        }
    }

    private void Add(string value, int least)
    {
        if (value.Length >= least)
        {
            _secrets.Add(Encoding.UTF8.GetBytes(value));
        }
    }
}
