using System.Globalization;

namespace Nerve.Server.Selectors;

/// <summary>What one key must be.</summary>
/// <param name="Key">The label, or whatever else the selector is asked about.</param>
public abstract record Requirement(string Key)
{
    /// <param name="value">The value under the key, or null if the key is not there.</param>
    public abstract bool IsMetBy(string? value);

    /// <summary>The words that the value is compared with as text; none where it is not.</summary>
    public virtual IReadOnlyList<string> Named => [];
}

/// <summary><c>key=a</c> and <c>key in (a,b)</c>: there, and one of these.</summary>
public sealed record OneOf(string Key, IReadOnlyList<string> Values) : Requirement(Key)
{
    public override IReadOnlyList<string> Named => Values;

    public override bool IsMetBy(string? value) => value is not null && Values.Contains(value, StringComparer.Ordinal);

    public override string ToString() =>
        Values is [var only] ? $"{Words.Quote(Key)}={Words.Quote(only)}" : $"{Words.Quote(Key)} in ({Words.Quote(Values)})";
}

/// <summary><c>key!=a</c> and <c>key notin (a,b)</c>: none of these; a thing without the key fits.</summary>
public sealed record NoneOf(string Key, IReadOnlyList<string> Values) : Requirement(Key)
{
    public override IReadOnlyList<string> Named => Values;

    public override bool IsMetBy(string? value) => value is null || !Values.Contains(value, StringComparer.Ordinal);

    public override string ToString() =>
        Values is [var only] ? $"{Words.Quote(Key)}!={Words.Quote(only)}" : $"{Words.Quote(Key)} notin ({Words.Quote(Values)})";
}

/// <summary><c>key</c>: there, with any value.</summary>
public sealed record Exists(string Key) : Requirement(Key)
{
    public override bool IsMetBy(string? value) => value is not null;

    public override string ToString() => Words.Quote(Key);
}

/// <summary><c>!key</c>: not there.</summary>
public sealed record Absent(string Key) : Requirement(Key)
{
    public override bool IsMetBy(string? value) => value is null;

    public override string ToString() => "!" + Words.Quote(Key);
}

public enum Comparison
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary><c>key&gt;=64</c>: there, a number, and so.</summary>
public sealed record Compares(string Key, Comparison How, double Number) : Requirement(Key)
{
    public override bool IsMetBy(string? value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && How switch
        {
            Comparison.Less => number < Number,
            Comparison.LessOrEqual => number <= Number,
            Comparison.Greater => number > Number,
            _ => number >= Number,
        };

    public override string ToString()
    {
        var sign = How switch { Comparison.Less => "<", Comparison.LessOrEqual => "<=", Comparison.Greater => ">", _ => ">=" };
        return Words.Quote(Key) + sign + Number.ToString("R", CultureInfo.InvariantCulture);
    }
}

/// <summary>Writes words so that they are read back as they were.</summary>
internal static class Words
{
    public static string Quote(IEnumerable<string> words) => string.Join(',', words.Select(Quote));

    public static string Quote(string word) =>
        word.Length > 0 && word.All(SelectorLexer.IsPlain) && word is not ("in" or "notin")
            ? word
            : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
