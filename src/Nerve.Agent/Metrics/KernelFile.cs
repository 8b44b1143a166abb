using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Reads small files of the kernel again and again into one buffer.</summary>
internal sealed class KernelFile(HostRoot root)
{
    private const int Limit = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];

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
            using var file = File.OpenHandle(root.Locate(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = Fill(file, limit);
            return _buffer.AsSpan(0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
        finally
        {
            root.Leave();
        }
    }

    private int Fill(SafeFileHandle file, int limit)
    {
        var length = 0;
        while (length < limit)
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, Limit));
            }

            var read = RandomAccess.Read(file, _buffer.AsSpan(length, Math.Min(_buffer.Length, limit) - length), length);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return length;
    }
}
