using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Reads small files of the kernel again and again into one buffer. For one thread at a time.</summary>
internal sealed class KernelFile(HostRoot root, int bufferSize = 16 * 1024)
{
    private const int Limit = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[bufferSize];

    /// <summary>What the file holds now, valid until the next call; empty when it cannot be read.</summary>
    public ReadOnlySpan<byte> Read(string path) => Read(path, Limit);

    /// <summary>The beginning of the file.</summary>
    public ReadOnlySpan<byte> Read(string path, int limit)
    {
        if (!root.Enter(path))
        {
            return [];
        }

        try
        {
            var file = RawFile.Open(root.Locate(path));
            var length = file < 0 ? 0 : Fill(file, limit);
            return _buffer.AsSpan(0, length);
        }
        finally
        {
            root.Leave();
        }
    }

    /// <summary>The number that the file holds; null when there is none.</summary>
    public ulong? Count(string path) => new Fields(Line(path)).Count();

    /// <summary>As <see cref="Count"/>, with a sign or a fraction.</summary>
    public double? Number(string path) => new Fields(Line(path)).Number();

    /// <summary>The first line of the file.</summary>
    public ReadOnlySpan<byte> Line(string path)
    {
        var text = Read(path);
        var end = text.IndexOf((byte)'\n');
        return (end < 0 ? text : text[..end]).TrimEnd("\r\0"u8);
    }

    private int Fill(int file, int limit)
    {
        var length = 0;
        int read;
        while (length < limit && (read = RawFile.Read(file, Room(length, limit))) > 0)
        {
            length += read;
        }

        RawFile.Close(file);
        return length;
    }

    private Span<byte> Room(int length, int limit)
    {
        if (length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return _buffer.AsSpan(length, Math.Min(_buffer.Length, limit) - length);
    }
}
