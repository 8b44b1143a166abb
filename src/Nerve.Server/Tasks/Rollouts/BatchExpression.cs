using System.Globalization;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>How large the batches of a rollout are, as the field writes it: <c>1, 10%, +20, *2</c>.</summary>
/// <remarks>A part is a number of hosts, a share of all hosts (rounded up), so many more than the batch before, or so many times the batch before.
/// The last part repeats until every host is in a batch. The first part is a number or a share.</remarks>
public static class BatchExpression
{
    private const int LongestText = 256;

    /// <summary>Null for a good one, else what is wrong with it.</summary>
    public static string? Problem(string expression)
    {
        if (expression.Length > LongestText)
        {
            return $"must have at most {LongestText} characters";
        }

        var parts = Parts(expression);
        return parts.FirstOrDefault(part => Parse(part) is null) is { } wrong
            ? $"has '{wrong}', which is none of a number (10), a share (5%), an increase (+10) and a factor (*2)"
            : parts[0][0] is '+' or '*' ? "must begin with a number (1) or a share (5%): there is no batch before the first"
            : null;
    }

    /// <summary>How many hosts have been taken at the end of each batch; the last of them is all.</summary>
    /// <param name="expression">A good one.</param>
    /// <param name="hosts">How many there are.</param>
    public static IReadOnlyList<int> Ends(string expression, int hosts)
    {
        var parts = Parts(expression).ConvertAll(part => Parse(part)!.Value);
        var ends = new List<int>();
        for (var (taken, size) = (0L, 0L); taken < hosts;)
        {
            var (kind, number) = parts[Math.Min(ends.Count, parts.Count - 1)];
            size = Math.Min(hosts, kind switch
            {
                '%' => ((hosts * (long)number) + 99) / 100,
                '+' => size + number,
                '*' => size * number,
                _ => number,
            });
            taken = Math.Min(hosts, taken + size);
            ends.Add((int)taken);
        }

        return ends;
    }

    private static List<string> Parts(string expression) => [.. expression.Split(',', StringSplitOptions.TrimEntries)];

    /// <summary>Zero would be a batch without hosts, and never end.</summary>
    private static (char Kind, int Number)? Parse(string part)
    {
        var (kind, digits) = part switch
        {
            ['+' or '*', .. var rest] => (part[0], rest),
            [.. var rest, '%'] => ('%', rest),
            _ => ('#', part),
        };
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && (kind != '%' || number <= 100)
            ? (kind, number)
            : null;
    }
}
