using System.Globalization;

namespace Nerve.Agent.Linux;

/// <summary>Numbers as the kernel writes them; null for anything else.</summary>
internal static class Number
{
    public static long? Long(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static int? Int(string? text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static double? Double(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>Hexadecimal with or without <c>0x</c>.</summary>
    public static int? Hex(string? text) =>
        text is not null && int.TryParse(
            text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    /// <inheritdoc cref="Hex"/>
    public static long? HexLong(string? text) =>
        text is not null && long.TryParse(
            text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    /// <summary>A size such as <c>512K</c>, <c>16M</c> or <c>4096</c>, in bytes.</summary>
    public static long? Size(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return Long(shift == 0 ? text : text[..^1]) is { } number and >= 0 && number <= long.MaxValue >> shift ? number << shift : null;
    }
}
