using System.Globalization;
using System.Numerics;

namespace Nerve.Agent.Linux;

/// <summary>The kernel's two ways to write a set of CPUs: the list <c>0-3,8</c> and the mask <c>00000000,0000010f</c>.</summary>
internal static class CpuList
{
    // More than any kernel is built for; a damaged file must not make us count to two billion.
    private const int MaxCpu = 1 << 16;

    /// <summary>The members, in the order written; null when it is not such a list.</summary>
    public static IReadOnlyList<int>? Parse(string? list)
    {
        if (list is null)
        {
            return null;
        }

        var members = new List<int>();
        foreach (var range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            if (!TryParse(dash < 0 ? range : range[..dash], out var first)
                || !TryParse(dash < 0 ? range : range[(dash + 1)..], out var last)
                || last > MaxCpu)
            {
                return null;
            }

            for (var cpu = first; cpu <= last; cpu++)
            {
                members.Add(cpu);
            }
        }

        return members;
    }

    /// <summary>How many members a mask has; null when it is not a mask.</summary>
    public static int? CountMask(string mask)
    {
        var count = 0;
        foreach (var word in mask.Split(','))
        {
            if (!ulong.TryParse(word.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
            {
                return null;
            }

            count += BitOperations.PopCount(bits);
        }

        return count;
    }

    /// <summary>The members of a mask, in ascending order; null when it is not a mask.</summary>
    public static IReadOnlyList<int>? ParseMask(string mask)
    {
        var members = new List<int>();
        var first = 0;
        foreach (var word in mask.Split(',').Reverse())
        {
            if (!uint.TryParse(word.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) || first > MaxCpu)
            {
                return null;
            }

            for (var bit = 0; bit < 32; bit++)
            {
                if ((bits >> bit & 1) != 0)
                {
                    members.Add(first + bit);
                }
            }

            first += 32;
        }

        return members;
    }

    /// <summary>Writes a set the way the kernel does: <c>0-3,8</c>.</summary>
    public static string Format(IEnumerable<int> members)
    {
        var sorted = members.Distinct().Order().ToList();
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < sorted.Count; i++)
        {
            var start = sorted[i];
            while (i + 1 < sorted.Count && sorted[i + 1] == sorted[i] + 1)
            {
                i++;
            }

            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{start}");
            if (sorted[i] > start)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{sorted[i]}");
            }
        }

        return text.ToString();
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
