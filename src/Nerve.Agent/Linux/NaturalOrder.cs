namespace Nerve.Agent.Linux;

/// <summary>Orders names as people count: <c>eth2</c> before <c>eth10</c>.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x, right = y;
        while (left.Length > 0 && right.Length > 0)
        {
            var order = char.IsAsciiDigit(left[0]) && char.IsAsciiDigit(right[0])
                ? CompareNumbers(ref left, ref right)
                : CompareCharacters(ref left, ref right);
            if (order != 0)
            {
                return order;
            }
        }

        // The same number may be written with more zeros: the names still differ.
        return left.Length != right.Length ? left.Length - right.Length : string.CompareOrdinal(x, y);
    }

    private static int CompareCharacters(ref ReadOnlySpan<char> left, ref ReadOnlySpan<char> right)
    {
        var order = left[0] - right[0];
        left = left[1..];
        right = right[1..];
        return order;
    }

    private static int CompareNumbers(ref ReadOnlySpan<char> left, ref ReadOnlySpan<char> right)
    {
        var a = TakeDigits(ref left);
        var b = TakeDigits(ref right);
        return a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);
    }

    private static ReadOnlySpan<char> TakeDigits(ref ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits.TrimStart('0');
    }
}
