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
        new((number is null ? null : machine.Text($"/run/udev/data/b{number}")) ?? "");

    public string? Value(string key) => _values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    /// <summary>udev writes underscores where the device said spaces.</summary>
    public string? Spaced(string key) => Value(key)?.Replace('_', ' ').Trim();
}
