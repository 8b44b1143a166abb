using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nerve.Server.Inventories.Changes;

/// <summary>Names and values of an inventory's fields for people: <c>powerLimitWatts: 700</c> is a power limit of 700 W.</summary>
internal static partial class FieldText
{
    private const int LongestValue = 120;

    private static readonly Dictionary<string, string> s_units = new(StringComparer.Ordinal)
    {
        ["Mhz"] = "MHz",
        ["Mts"] = "MT/s",
        ["Mbps"] = "Mbit/s",
        ["Gbps"] = "Gbit/s",
        ["Watts"] = "W",
        ["Volts"] = "V",
        ["Percent"] = "%",
    };

    private static readonly Dictionary<string, string> s_words = new[]
    {
        "BIOS", "BMC", "CPU", "CPUs", "CUDA", "ECC", "GPU", "GSP", "GUID", "HCA", "ID", "IPMI", "ISA", "LACP", "LID", "MAC", "MIG", "MII", "MTU", "NUMA",
        "NVLinks", "OS", "PCI", "PCIe", "SKU", "SM", "SMART", "UUID", "VBIOS", "VLAN", "WWN",
    }.ToDictionary(word => word.ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary><c>bios.version</c> → <c>BIOS version</c>. Units go to the value; what is no camel case stays as it is.</summary>
    public static string Words(string field) => string.Join(' ', WithoutUnit(field).Split('.').SelectMany(part => Humps().Split(part))
        .Select(word => s_words.GetValueOrDefault(word.ToLowerInvariant()) ?? (word.Length > 1 && word.All(char.IsUpper) ? word : LowerFirst(word))));

    /// <summary>One of a list: <c>addresses</c> → <c>address</c>.</summary>
    public static string Singular(string field)
    {
        var words = Words(field);
        return words.EndsWith("sses", StringComparison.Ordinal) ? words[..^2] : words.TrimEnd('s');
    }

    public static string Value(string field, JsonElement? value) => value switch
    {
        null => "unknown",
        { ValueKind: JsonValueKind.True } => "yes",
        { ValueKind: JsonValueKind.False } => "no",
        { ValueKind: JsonValueKind.Number } number => WithUnit(field, number),
        { ValueKind: JsonValueKind.String } text => Cut(text.GetString()!),
        { ValueKind: JsonValueKind.Array } list => Cut(string.Join(", ", list.EnumerateArray())),
        { } other => Cut(other.GetRawText()),
    };

    /// <summary>In binary units, at most two digits after the point.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        for (; Math.Abs(bytes) >= 1024 && unit < units.Length - 1; unit++)
        {
            bytes /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.##} {units[unit]}");
    }

    private static string WithUnit(string field, JsonElement number) =>
        field.EndsWith("Bytes", StringComparison.Ordinal) ? Bytes(number.GetDouble())
        : UnitOf(field) is { } unit ? $"{number.GetRawText()} {unit}"
        : number.GetRawText();

    private static string? UnitOf(string field) => s_units.FirstOrDefault(unit => field.EndsWith(unit.Key, StringComparison.Ordinal)).Value;

    private static string WithoutUnit(string field) =>
        s_units.Keys.Append("Bytes").FirstOrDefault(unit => field.EndsWith(unit, StringComparison.Ordinal)) is { } unit ? field[..^unit.Length] : field;

    private static string LowerFirst(string word) => word.Length == 0 ? word : char.ToLowerInvariant(word[0]) + word[1..];

    private static string Cut(string text) => text.Length <= LongestValue ? text : string.Concat(text.AsSpan(0, LongestValue), "…");

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Humps();
}
