namespace Nerve.Agent.Inventories;

/// <summary>Tells what a firmware vendor filled in from what he left as it came.</summary>
internal static class DmiText
{
    private static readonly HashSet<string> s_placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        "-", "--", "0", "00000000", "0123456789", "1234567890", "123456789", "........", "(none)", "asset tag", "base board serial number",
        "baseboard serial number", "board serial number", "chassis serial number", "default", "default string", "empty", "fill by oem",
        "filled by o.e.m.", "invalid", "n/a", "na", "no asset information", "no asset tag", "no dimm", "no module installed", "none",
        "not applicable", "not available", "not provided", "not set", "not settable", "not specified", "null", "o.e.m.", "oem", "other", "serial number",
        "system manufacturer", "system name", "system product name", "system serial number", "system uuid", "system version", "tbd", "<out of spec>",
        "to be filled", "to be filled by o.e.m", "to be filled by o.e.m.", "to be filled by oem", "type1productconfigid", "undefined", "unknown",
        "unspecified", "x.x", "xxxxxxxx", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "03000200-0400-0500-0006-000700080009",
    };

    /// <summary>The text, or null when it is a placeholder or was never text.</summary>
    public static string? Clean(string? text)
    {
        var value = text?.Trim(' ', '\t', '\r', '\n', '\0');
        return string.IsNullOrEmpty(value)
            || s_placeholders.Contains(value)
            || value.StartsWith("to be filled by", StringComparison.OrdinalIgnoreCase)
            || value.Contains('\uFFFD')
            || value.Any(char.IsControl)
            // Strings of one repeated filler: "................", "FFFFFFFF", "000000000000".
            || (value.Length > 1 && value[0] is '.' or '0' or 'F' or 'f' or 'x' or 'X' or '*' or '-' or ' ' && value.All(letter => letter == value[0]))
            ? null
            : value;
    }
}
