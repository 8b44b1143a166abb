using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>The sensors of a device, in the kernel's hwmon files (Documentation/hwmon/sysfs-interface): thousandths of degrees, millionths of watts
/// and joules, hertz. Files may be missing, empty or refuse to be read.</summary>
internal sealed class Hwmon(HostRoot root, string? directory)
{
    // pwm1 is one byte.
    private const double Full = 255;

    private readonly Dictionary<string, string> _temperatures = Labels(root, directory, "temp");
    private readonly Dictionary<string, string> _fans = Labels(root, directory, "fan");
    private readonly Dictionary<string, string> _clocks = Labels(root, directory, "freq");

    /// <summary>The numbers behind <c>hwmon</c> change from boot to boot.</summary>
    public static Hwmon Of(HostRoot root, string device)
    {
        var name = root.List($"{device}/hwmon").FirstOrDefault(name => name.StartsWith("hwmon", StringComparison.Ordinal));
        return new Hwmon(root, name is null ? null : $"{device}/hwmon/{name}");
    }

    /// <param name="labels">The first that there is; <c>1</c> is the first sensor of a driver that labels none.</param>
    public double? Celsius(params ReadOnlySpan<string> labels) => First(_temperatures, labels) / 1000;

    public double? Megahertz(params ReadOnlySpan<string> labels) => First(_clocks, labels) / 1_000_000;

    /// <summary>Of how fast it could, as the driver drives it; null for a card without a fan of its own.</summary>
    public double? FanPercent => Value("pwm1") is >= 0 and <= Full and var driven ? 100 * driven / Full : null;

    /// <summary>By their numbers.</summary>
    public IReadOnlyCollection<string> Fans => _fans.Keys;

    /// <summary>How fast a fan turns.</summary>
    public double? Rpm(string fan) => Value(_fans[fan]);

    public double? Watts(string file) => Value(file) / 1_000_000;

    public ulong? Microjoules(string file) => Value(file) is >= 0 and var energy ? (ulong)energy : null;

    private double? First(Dictionary<string, string> files, ReadOnlySpan<string> labels)
    {
        foreach (var label in labels)
        {
            if (files.TryGetValue(label, out var file) && Value(file) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    private double? Value(string file) => directory is null ? null : Number.Double(SysFile.Line(root, $"{directory}/{file}"));

    private static Dictionary<string, string> Labels(HostRoot root, string? directory, string kind)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in directory is null ? [] : root.List(directory))
        {
            if (file.StartsWith(kind, StringComparison.Ordinal) && file.EndsWith("_input", StringComparison.Ordinal))
            {
                var label = SysFile.Line(root, $"{directory}/{file.Replace("_input", "_label", StringComparison.Ordinal)}");
                found.TryAdd(label ?? file[kind.Length..^"_input".Length], file);
            }
        }

        return found;
    }
}
