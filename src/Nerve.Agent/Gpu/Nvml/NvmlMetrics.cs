using Nerve.Agent.Metrics;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>How the GPUs are now. A GPU that is lost says only that.</summary>
internal sealed class NvmlMetrics(NvmlSession session, Func<string, int> indexOf) : IMetricSource
{
    private readonly DeviceTable<NvmlCard> _cards = new(index => new NvmlCard(index));

    public void Read(SampleBuilder sample)
    {
        _cards.Begin();
        foreach (var gpu in session.Devices)
        {
            Read(sample, gpu, _cards.Get(indexOf(gpu.Address).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    private static void Read(SampleBuilder sample, NvmlDevice gpu, NvmlCard card)
    {
        var series = card.Series;
        var use = gpu.Read<NvmlUtilization>("nvmlDeviceGetUtilizationRates");
        series.Add(sample, "gpu.used_percent", use?.Gpu);
        series.Add(sample, "gpu.memory_busy_percent", use?.Memory);
        series.AddMemory(sample, NvmlReadings.Memory(gpu));
        series.Add(sample, "gpu.temperature_celsius", gpu.Number("nvmlDeviceGetTemperature", 0));
        series.Add(sample, "gpu.power_limit_watts", gpu.Number("nvmlDeviceGetEnforcedPowerLimit") / 1000.0);
        series.Add(sample, "gpu.fan_percent", gpu.Number("nvmlDeviceGetFanSpeed"));
        for (var clock = 0u; clock < NvmlCard.Clocks.Length; clock++)
        {
            series.Add(sample, "gpu.clock_mhz", gpu.Number("nvmlDeviceGetClockInfo", clock), "clock", NvmlCard.Clocks[clock]);
        }

        ReadThrottling(sample, gpu, series);
        ReadPcie(sample, gpu, series);
        ReadMemoryHealth(sample, gpu, series);
        ReadFields(sample, gpu, card);
        ReadMig(sample, gpu, series);
        series.Add(sample, "gpu.processes", gpu.Processes()?.Count);
        sample.Add(card.Lost, gpu.IsLost ? 1 : 0);
    }

    private static void ReadThrottling(SampleBuilder sample, NvmlDevice gpu, GpuSeries series)
    {
        var mask = NvmlReadings.ThrottleReasons(gpu);
        for (var reason = 0; reason < NvmlReadings.Reasons.Count; reason++)
        {
            double? active = mask is { } reasons ? NvmlReadings.Has(reasons, reason) ? 1 : 0 : null;
            series.Add(sample, "gpu.throttle_reasons", active, "reason", NvmlReadings.Reasons[reason]);
        }
    }

    private static void ReadPcie(SampleBuilder sample, NvmlDevice gpu, GpuSeries series)
    {
        const uint Sent = 0;
        const uint Received = 1;
        const double Kibibyte = 1024;
        series.Add(sample, "gpu.pcie_transmit_bytes_per_second", gpu.Number("nvmlDeviceGetPcieThroughput", Sent) * Kibibyte);
        series.Add(sample, "gpu.pcie_receive_bytes_per_second", gpu.Number("nvmlDeviceGetPcieThroughput", Received) * Kibibyte);
        series.Add(sample, "gpu.pcie_replays_total", gpu.Number("nvmlDeviceGetPcieReplayCounter"));
        series.Add(sample, "gpu.pcie_generation", gpu.Number("nvmlDeviceGetCurrPcieLinkGeneration"));
        series.Add(sample, "gpu.pcie_width", gpu.Number("nvmlDeviceGetCurrPcieLinkWidth"));
    }

    private static void ReadMemoryHealth(SampleBuilder sample, NvmlDevice gpu, GpuSeries series)
    {
        series.Add(sample, "gpu.ecc_corrected_total", NvmlEcc.Total(gpu, NvmlEcc.Corrected, NvmlEcc.Volatile));
        series.Add(sample, "gpu.ecc_uncorrected_total", NvmlEcc.Total(gpu, NvmlEcc.Uncorrected, NvmlEcc.Volatile));
        series.Add(sample, "gpu.ecc_corrected_lifetime_total", NvmlEcc.Total(gpu, NvmlEcc.Corrected, NvmlEcc.Aggregate));
        series.Add(sample, "gpu.ecc_uncorrected_lifetime_total", NvmlEcc.Total(gpu, NvmlEcc.Uncorrected, NvmlEcc.Aggregate));
        var rows = gpu.Four("nvmlDeviceGetRemappedRows");
        series.Add(sample, "gpu.remapped_rows", rows?.First, "cause", "corrected");
        series.Add(sample, "gpu.remapped_rows", rows?.Second, "cause", "uncorrected");
        series.Add(sample, "gpu.remapping_pending", rows?.Third);
        series.Add(sample, "gpu.remapping_failed", rows?.Fourth);
        series.Add(sample, "gpu.retired_pages", gpu.RetiredPages(0), "cause", "corrected");
        series.Add(sample, "gpu.retired_pages", gpu.RetiredPages(1), "cause", "uncorrected");
    }

    private static void ReadFields(SampleBuilder sample, NvmlDevice gpu, NvmlCard card)
    {
        var links = NvmlLinks.States(gpu);
        var fields = NvmlCard.Ask(gpu, links.Count);
        card.Series.Add(sample, "gpu.memory_temperature_celsius", fields.MemoryTemperature is > 0 and var celsius ? celsius : null);
        card.Series.Add(sample, "gpu.power_watts", (gpu.Number("nvmlDeviceGetPowerUsage") ?? fields.PowerMilliwatts) / 1000.0);
        card.AddThrottleTime(sample, fields);
        if (links.Count > 0)
        {
            card.Series.Add(sample, "gpu.nvlinks_active", links.Count(link => link.IsActive));
            card.AddLinks(sample, fields);
        }
    }

    private static void ReadMig(SampleBuilder sample, NvmlDevice gpu, GpuSeries series)
    {
        foreach (var part in NvmlMig.Parts(gpu))
        {
            var memory = NvmlReadings.Memory(part.Device);
            var name = part.Index.ToString(System.Globalization.CultureInfo.InvariantCulture);
            series.Add(sample, "gpu.mig_memory_used_bytes", memory?.Used, "mig", name);
        }
    }
}
