using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Finds the sensors below <c>/sys/class/hwmon</c> (<c>Documentation/hwmon/sysfs-interface.rst</c>).</summary>
internal static class Sensors
{
    public const string Directory = "/sys/class/hwmon";

    // A chip with a thermometer in every core says most with its first ones, those of the whole package.
    private const int MostOfAKind = 32;

    // The GPU sources have these, with more beside them.
    private static readonly string[] s_elsewhere = ["amdgpu", "radeon", "i915", "xe"];

    public static Sensor[] Find(HostRoot root)
    {
        var sensors = new List<Sensor>();
        foreach (var entry in root.List(Directory))
        {
            // Older drivers have their files with the device.
            var directory = root.TryLine($"{Directory}/{entry}/name") is null && root.TryLine($"{Directory}/{entry}/device/name") is not null
                ? $"{Directory}/{entry}/device"
                : $"{Directory}/{entry}";
            var chip = root.TryLine($"{directory}/name") ?? entry;
            if (!s_elsewhere.Contains(chip))
            {
                Add(root, sensors, directory, chip, root.LinkName($"{Directory}/{entry}/device") ?? entry);
            }
        }

        return [.. sensors.DistinctBy(sensor => sensor.Name, StringComparer.Ordinal)];
    }

    private static void Add(HostRoot root, List<Sensor> sensors, string directory, string chip, string device)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in root.List(directory))
        {
            if (Kind(file) is var (kind, channel) && counts.TryGetValue(kind, out var count) is var known && (!known || count < MostOfAKind))
            {
                counts[kind] = count + 1;
                var sensor = root.TryLine($"{directory}/{channel}_label") ?? channel;
                sensors.Add(Make(kind, $"{directory}/{file}", chip, device, sensor));
            }
        }
    }

    private static Sensor Make(string kind, string path, string chip, string device, string sensor) => kind switch
    {
        "temp" => new Sensor(SeriesName.Of("sensor.temperature_celsius", "chip", chip, "device", device, "sensor", sensor), path, 1e-3, -60, 200),
        "fan" => new Sensor(SeriesName.Of("sensor.fan_rpm", "chip", chip, "device", device, "sensor", sensor), path, 1, 0, 100_000),
        _ => new Sensor(SeriesName.Of("sensor.power_watts", "chip", chip, "device", device, "sensor", sensor), path, 1e-6, 0, 100_000),
    };

    // "temp1_input", "fan2_input", "power1_input" or, for the mean over a while, "power1_average".
    private static (string Kind, string Channel)? Kind(string file)
    {
        foreach (var kind in (ReadOnlySpan<string>)["temp", "fan", "power"])
        {
            if (file.StartsWith(kind, StringComparison.Ordinal)
                && file.Split('_') is [var channel, var what] && (what == "input" || (what == "average" && kind == "power"))
                && Number.Int(channel[kind.Length..]) is not null)
            {
                return (kind, channel);
            }
        }

        return null;
    }
}
