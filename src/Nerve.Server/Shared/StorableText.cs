using System.Text;

namespace Nerve.Server.Shared;

/// <summary>PostgreSQL keeps no NUL character and no half of a surrogate pair; U+FFFD stands in for them. Agents and people can send both.
/// What leaves a store for another is written so too, whichever they are, so that the same text is the same everywhere.</summary>
public static class StorableText
{
    public static string Of(string text)
    {
        if (IsStorable(text))
        {
            return text;
        }

        var storable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // answers U+FFFD for each half
        {
            storable.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return storable.ToString();
    }

    private static bool IsStorable(string text) =>
        text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 && !text.Contains('\0', StringComparison.Ordinal);
}
