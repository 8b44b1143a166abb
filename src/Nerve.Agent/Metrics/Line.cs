namespace Nerve.Agent.Metrics;

/// <summary>Finds lines of <c>key value</c>.</summary>
internal static class Line
{
    /// <summary>The number behind a key, which may end in a colon; null when there is no such line or no number in it.</summary>
    public static ulong? Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        for (var rest = text; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            if (line.StartsWith(key) && line.Length > key.Length && line[key.Length] is (byte)' ' or (byte)'\t' or (byte)':')
            {
                return new Fields(line[(key.Length + 1)..]).Count();
            }

            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return null;
    }
}
