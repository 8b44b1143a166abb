using System.Buffers.Binary;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>The header before each piece of a run's output log: stream (1 byte), Unix milliseconds (8), length (4), little-endian.</summary>
internal readonly record struct OutputFrame(OutputStream Stream, DateTimeOffset At, int Length)
{
    public const int HeaderBytes = 13;

    public void Write(Span<byte> header)
    {
        header[0] = (byte)Stream;
        BinaryPrimitives.WriteInt64LittleEndian(header[1..], At.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(header[9..], Length);
    }

    public static OutputFrame Read(ReadOnlySpan<byte> header) => new(
        (OutputStream)header[0],
        DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(header[1..])),
        BinaryPrimitives.ReadInt32LittleEndian(header[9..]));
}
