using System.Text;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What udev remembers of a device: <c>E:KEY=value</c> lines in <c>/run/udev/data</c>.</summary>
internal sealed class UdevRecord
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private UdevRecord(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line.StartsWith("E:", StringComparison.Ordinal) && equals > 2)
            {
                _values[line[2..equals]] = line[(equals + 1)..];
            }
        }
    }

    /// <param name="number">As in sysfs: <c>8:0</c>.</param>
    public static UdevRecord OfBlockDevice(Machine machine, string? number) =>
        number is null ? new("") : OfFile(machine, $"/run/udev/data/b{number}");

    public static UdevRecord OfFile(Machine machine, string path) => new(machine.Text(path) ?? "");

    public string? Value(string key) => _values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    /// <summary>The model as the device said it; the plain value has underscores for its spaces.</summary>
    public string? Model => Value("ID_MODEL_ENC") is { } encoded ? Decode(encoded).Trim() : Value("ID_MODEL");

    // "SAMSUNG\x20MZQL"
    private static string Decode(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text[i + 1] == 'x' && Number.Hex(text.Substring(i + 2, 2)) is { } code)
            {
                plain.Append((char)code);
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
