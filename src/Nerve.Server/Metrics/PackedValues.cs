using System.Buffers.Binary;

namespace Nerve.Server.Metrics;

/// <summary>A sample's values as the stores keep them: one little-endian IEEE 754 double each; null is NaN, which JSON cannot bring in.</summary>
public static class PackedValues
{
    public static byte[] Pack(IReadOnlyList<double?> values)
    {
        var bytes = new byte[values.Count * sizeof(double)];
        for (var i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i] ?? double.NaN);
        }

        return bytes;
    }

    public static IReadOnlyList<double?> Unpack(byte[] bytes)
    {
        var values = new double?[bytes.Length / sizeof(double)];
        for (var i = 0; i < values.Length; i++)
        {
            var value = BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)));
            values[i] = double.IsNaN(value) ? null : value;
        }

        return values;
    }
}
