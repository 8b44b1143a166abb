using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Memory errors since the drivers were loaded, all together and by module (EDAC). A module shows up with its first error.</summary>
internal sealed class EdacMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private const string Directory = "/sys/devices/system/edac/mc";

    private readonly Listing _drivers = new(root, Directory);
    private string[] _controllers = [];
    private Dimm[] _dimms = [];

    public void Read(SampleBuilder sample)
    {
        if (_drivers.HasChanged())
        {
            Find();
        }

        if (_controllers.Length == 0)
        {
            return;
        }

        double? corrected = null, uncorrected = null;
        foreach (var controller in _controllers)
        {
            corrected = Sum(corrected, files.Count($"{controller}/ce_count"));
            uncorrected = Sum(uncorrected, files.Count($"{controller}/ue_count"));
        }

        sample.Add("memory.ecc_corrected_total", corrected);
        sample.Add("memory.ecc_uncorrected_total", uncorrected);
        foreach (var dimm in _dimms)
        {
            AddErrors(sample, dimm.CorrectedName, files.Count(dimm.CorrectedPath));
            AddErrors(sample, dimm.UncorrectedName, files.Count(dimm.UncorrectedPath));
        }
    }

    private void Find()
    {
        _controllers = [.. root.List(Directory).Where(name => EdacFacts.Numbered(name, "mc")).Select(name => $"{Directory}/{name}")];
        _dimms = [.. from controller in _controllers
                     from entry in root.List(controller)
                     where EdacFacts.Numbered(entry, "dimm") || EdacFacts.Numbered(entry, "rank")
                     select new Dimm(controller, entry)];
    }

    private static double? Sum(double? sum, ulong? count) => count is { } number ? (sum ?? 0) + number : sum;

    private static void AddErrors(SampleBuilder sample, string name, ulong? count)
    {
        if (count > 0)
        {
            sample.Add(name, count);
        }
    }

    private sealed class Dimm(string controller, string name)
    {
        private readonly string _controller = controller[(controller.LastIndexOf('/') + 1)..];

        public string CorrectedPath { get; } = $"{controller}/{name}/dimm_ce_count";

        public string UncorrectedPath { get; } = $"{controller}/{name}/dimm_ue_count";

        public string CorrectedName => SeriesName.Of("memory.dimm_ecc_corrected_total", "controller", _controller, "dimm", name);

        public string UncorrectedName => SeriesName.Of("memory.dimm_ecc_uncorrected_total", "controller", _controller, "dimm", name);
    }
}
