namespace Nerve.Configuration;

/// <summary>"Did you mean …?"</summary>
internal static class Suggestion
{
    /// <summary>The nearest candidate, if it is near: at most a third of its letters away.</summary>
    public static string? For(string text, IEnumerable<string> candidates) =>
        candidates
            .Where(candidate => EditDistance(text, candidate) * 3 <= Math.Max(candidate.Length, 3))
            .MinBy(candidate => EditDistance(text, candidate));

    /// <summary>Insertions, deletions and replacements between two short texts (Levenshtein).</summary>
    private static int EditDistance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
