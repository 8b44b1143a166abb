using System.Globalization;

namespace Nerve.Agent.Processes;

/// <summary>Lets go of the pages of code that were used for a moment. They belong to files and never change, so the next use maps them again from
/// the kernel's cache; a process that sleeps most of the time then keeps only its data.</summary>
internal static class CodePages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    // The start of each mapping, and after it its length.
    private static List<nuint>? s_mappings;

    public static void Release()
    {
        s_mappings ??= Find();
        for (var i = 0; i < s_mappings.Count; i += 2)
        {
            // Where it is refused, the pages stay.
            _ = LibC.madvise(s_mappings[i], s_mappings[i + 1], DontNeed);
        }
    }

    // "7f1c8a000000-7f1c8a200000 r-xp 00022000 08:01 1234   /usr/lib/libc.so.6": read and executed, never written, and of a file.
    private static List<nuint> Find()
    {
        var mappings = new List<nuint>();
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var dash = line.IndexOf('-', StringComparison.Ordinal);
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (line.Contains(" r-xp ", StringComparison.Ordinal) && line.Contains(" /", StringComparison.Ordinal)
                && nuint.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
                && nuint.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
            {
                mappings.Add(start);
                mappings.Add(end - start);
            }
        }

        return mappings;
    }
}
