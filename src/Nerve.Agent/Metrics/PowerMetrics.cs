using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>What the processors and their memory draw, from the energy counters of <c>/sys/class/powercap</c>
/// (<c>Documentation/power/powercap/powercap.rst</c>); root only since Linux 5.10.</summary>
internal sealed class PowerMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private const string Directory = "/sys/class/powercap";
    private const string Driver = "intel-rapl:";
    private const double MicrojoulesPerJoule = 1e6;

    private readonly Listing _drivers = new(root, Directory);
    private Zone[] _zones = [];

    public void Read(SampleBuilder sample)
    {
        if (_drivers.HasChanged())
        {
            _zones = Zones();
        }

        foreach (var zone in _zones)
        {
            var energy = files.Count(zone.Path);
            sample.Add(zone.Watts, sample.Rate(ref zone.Energy, energy, zone.Range) / MicrojoulesPerJoule);
        }
    }

    // "intel-rapl:0" is a package, "intel-rapl:0:1" a part of it, such as its memory. AMD's have the same name.
    private Zone[] Zones()
    {
        var zones = new List<Zone>();
        foreach (var entry in root.List(Directory).Where(name => name.StartsWith(Driver, StringComparison.Ordinal)))
        {
            if (root.TryLine($"{Directory}/{entry}/name") is { } name && root.Exists($"{Directory}/{entry}/energy_uj"))
            {
                var parent = entry[Driver.Length..].Contains(':', StringComparison.Ordinal) ? root.TryLine($"{Directory}/{entry[..entry.LastIndexOf(':')]}/name") : null;
                var range = Number.Long(root.TryLine($"{Directory}/{entry}/max_energy_range_uj"));
                zones.Add(new Zone(parent is null ? name : $"{parent}/{name}", $"{Directory}/{entry}/energy_uj", range > 0 ? (ulong)range + 1 : null));
            }
        }

        return [.. zones.DistinctBy(zone => zone.Watts, StringComparer.Ordinal)];
    }

    private sealed class Zone(string name, string path, ulong? range)
    {
        public Counter Energy;

        public string Path { get; } = path;

        /// <summary>After how many microjoules the counter starts again.</summary>
        public ulong? Range { get; } = range;

        public string Watts { get; } = SeriesName.Of("cpu.power_watts", "zone", name);
    }
}
