using System.Globalization;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>How AMD and Intel GPUs are now, from the files of their drivers.</summary>
internal sealed class DrmMetrics(HostRoot root, Func<IReadOnlyList<IndexedGpu>> gpus) : IMetricSource
{
    private readonly DeviceTable<Card> _cards = new(index => new Card(index));

    public void Read(SampleBuilder sample)
    {
        _cards.Begin();
        var processes = KfdProcesses.TryFind(root);
        foreach (var (index, device) in gpus())
        {
            var card = _cards.Get(index.ToString(CultureInfo.InvariantCulture));
            var sensors = Hwmon.Of(root, device.Directory);
            card.Series.Add(sample, "gpu.power_limit_watts", sensors.Watts("power1_cap") ?? sensors.Watts("power1_max"));
            foreach (var fan in sensors.Fans)
            {
                card.Series.Add(sample, "gpu.fan_rpm", sensors.Rpm(fan), "fan", fan);
            }

            if (device.Vendor == GpuVendors.Amd)
            {
                ReadAmd(sample, device, sensors, card);
                card.Series.Add(sample, "gpu.processes", processes?.Count(use => use.PciAddress == device.Address));
            }
            else
            {
                ReadIntel(sample, device, sensors, card);
            }
        }
    }

    private void ReadAmd(SampleBuilder sample, GpuDevice device, Hwmon sensors, Card card)
    {
        var series = card.Series;
        var firmware = AmdGpuMetrics.Read(root, device);
        series.Add(sample, "gpu.used_percent", SysFile.Value(root, $"{device.Directory}/gpu_busy_percent"));
        series.Add(sample, "gpu.memory_busy_percent", SysFile.Value(root, $"{device.Directory}/mem_busy_percent") ?? firmware?.MemoryBusyPercent);
        series.AddMemory(sample, Memory(device));
        // Accelerators without an outer sensor have the junction only.
        series.Add(sample, "gpu.temperature_celsius", sensors.Celsius("edge", "junction", "1"));
        series.Add(sample, "gpu.hotspot_temperature_celsius", sensors.Celsius("junction") ?? firmware?.HotspotCelsius);
        series.Add(sample, "gpu.memory_temperature_celsius", sensors.Celsius("mem") ?? firmware?.MemoryCelsius);
        series.Add(sample, "gpu.power_watts", sensors.Watts("power1_average") ?? sensors.Watts("power1_input") ?? firmware?.PowerWatts);
        series.Add(sample, "gpu.fan_percent", sensors.FanPercent);
        series.Add(sample, "gpu.clock_mhz", sensors.Megahertz("sclk", "1"), "clock", "graphics");
        series.Add(sample, "gpu.clock_mhz", sensors.Megahertz("mclk"), "clock", "memory");
        series.Add(sample, "gpu.pcie_replays_total", SysFile.Value(root, $"{device.Directory}/pcie_replay_count") ?? firmware?.PcieReplays);
        var ecc = AmdEcc.Read(root, device);
        series.Add(sample, "gpu.ecc_corrected_total", ecc?.VolatileCorrected);
        series.Add(sample, "gpu.ecc_uncorrected_total", ecc?.VolatileUncorrected);
        if (firmware is not null)
        {
            ReadFirmware(sample, firmware, card);
        }
    }

    private static void ReadFirmware(SampleBuilder sample, AmdGpuMetrics firmware, Card card)
    {
        const double Kilobyte = 1000;
        card.Series.Add(sample, "gpu.pcie_generation", firmware.PcieGeneration);
        card.Series.Add(sample, "gpu.pcie_width", firmware.PcieWidth);
        foreach (var reason in AmdThrottling.Of(firmware.Throttlers))
        {
            card.Series.Add(sample, "gpu.throttle_reasons", reason.IsActive ? 1 : 0, "reason", reason.Name);
        }

        var cycles = sample.Rate(ref card.Cycles, firmware.Cycles, 1UL << 32);
        for (var i = 0; i < AmdThrottling.Residencies.Length; i++)
        {
            var held = sample.Rate(ref card.Held[i], firmware.Residency(i), 1UL << 32);
            card.Series.Add(sample, "gpu.throttled_percent", cycles > 0 ? 100 * held / cycles : null, "reason", AmdThrottling.Residencies[i], firmware.Cycles is not null);
        }

        var moved = firmware.XgmiKilobytes;
        card.Series.Add(sample, "gpu.xgmi_read_bytes_per_second", sample.Rate(ref card.XgmiRead, moved?.Read) * Kilobyte, exists: moved is not null);
        card.Series.Add(sample, "gpu.xgmi_write_bytes_per_second", sample.Rate(ref card.XgmiWritten, moved?.Write) * Kilobyte, exists: moved is not null);
    }

    private void ReadIntel(SampleBuilder sample, GpuDevice device, Hwmon sensors, Card card)
    {
        const double Microjoules = 1e6;
        var energy = sensors.Microjoules("energy1_input");
        card.Series.Add(sample, "gpu.temperature_celsius", sensors.Celsius("pkg", "1"));
        card.Series.Add(sample, "gpu.memory_temperature_celsius", sensors.Celsius("vram"));
        card.Series.Add(sample, "gpu.power_watts", sample.Rate(ref card.Energy, energy) / Microjoules, exists: energy is not null);
        card.Series.Add(sample, "gpu.clock_mhz", IntelFiles.ClockMhz(root, device), "clock", "graphics");
        foreach (var reason in IntelFiles.ThrottleReasons(root, device))
        {
            card.Series.Add(sample, "gpu.throttle_reasons", reason.IsActive ? 1 : 0, "reason", reason.Name);
        }
    }

    private (long Total, long Used)? Memory(GpuDevice device) =>
        SysFile.Bytes(root, $"{device.Directory}/mem_info_vram_total") is { } total && SysFile.Bytes(root, $"{device.Directory}/mem_info_vram_used") is { } used
            ? (total, used)
            : null;

    private sealed class Card(string index)
    {
        public Counter Energy;
        public Counter Cycles;
        public Counter XgmiRead;
        public Counter XgmiWritten;

        public Counter[] Held { get; } = new Counter[AmdThrottling.Residencies.Length];

        public GpuSeries Series { get; } = new(index);
    }
}
