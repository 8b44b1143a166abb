using System.Buffers.Binary;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>The samples of one agent and hour, window by window.</summary>
/// <param name="Hour">Its begin, in UTC.</param>
/// <param name="Schema">Names the series; if the agent's schema changed within the hour, one with the series of both.</param>
/// <param name="Values">Per window, per series of the schema: count as a little-endian 32-bit integer, then minimum, maximum and mean as
/// little-endian IEEE 754 doubles. This is how stores keep them.</param>
public sealed record RollUp(Guid AgentId, RollUpLevel Level, DateTimeOffset Hour, string Schema, byte[] Values)
{
    private const int Size = sizeof(uint) + (3 * sizeof(double));

    /// <param name="windows">Per window the statistics of each series of the schema.</param>
    public static byte[] Pack(IReadOnlyList<Statistics[]> windows)
    {
        var bytes = new byte[windows.Sum(window => window.Length) * Size];
        var place = bytes.AsSpan();
        foreach (var statistics in windows.SelectMany(window => window))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)statistics.Count);
            BinaryPrimitives.WriteDoubleLittleEndian(place[4..], statistics.Min);
            BinaryPrimitives.WriteDoubleLittleEndian(place[12..], statistics.Max);
            BinaryPrimitives.WriteDoubleLittleEndian(place[20..], statistics.Mean);
            place = place[Size..];
        }

        return bytes;
    }

    public DateTimeOffset Begin(int window) => Hour + (window * Level.Window());

    /// <param name="window">The first of the hour is 0.</param>
    /// <param name="series">Its index in the schema.</param>
    /// <param name="seriesCount">How many the schema has.</param>
    public Statistics Of(int window, int series, int seriesCount)
    {
        var place = Values.AsSpan(((window * seriesCount) + series) * Size, Size);
        return new Statistics(
            BinaryPrimitives.ReadUInt32LittleEndian(place),
            BinaryPrimitives.ReadDoubleLittleEndian(place[4..]),
            BinaryPrimitives.ReadDoubleLittleEndian(place[12..]),
            BinaryPrimitives.ReadDoubleLittleEndian(place[20..]));
    }
}
