using System.Security.Cryptography;

namespace Nerve.Server.Shared;

/// <summary>UUIDv7 that grow strictly, also within one millisecond, so that lists in order of id are lists in order of making.</summary>
/// <remarks>RFC 9562 §6.2, method 1: the twelve bits after the time are a counter that begins anywhere in its lower half.</remarks>
public sealed class IdSource(TimeProvider time)
{
    private const int CounterEnd = 1 << 12;

    private readonly Lock _gate = new();
    private long _milliseconds;
    private int _counter;

    public Guid Next()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > _milliseconds)
            {
                (_milliseconds, _counter) = (now, RandomNumberGenerator.GetInt32(CounterEnd / 2));
            }
            else if (++_counter == CounterEnd)
            {
                (_milliseconds, _counter) = (_milliseconds + 1, 0);
            }

            return WithCounter(Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(_milliseconds)), _counter);
        }
    }

    private static Guid WithCounter(Guid id, int counter)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = (byte)(0x70 | (counter >> 8));
        bytes[7] = (byte)counter;
        return new Guid(bytes, bigEndian: true);
    }
}
