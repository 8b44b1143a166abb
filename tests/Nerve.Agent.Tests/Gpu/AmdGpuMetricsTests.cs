using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Gpu;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Inventories;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Gpu;

public unsafe class AmdGpuMetricsTests
{
    [Theory]
    [InlineData("lact/amd-rx6900xt")]
    [InlineData("lact/amd-rx7600s")]
    public void Sample_CapturedCard_RunsItsLinkAsSysfsSays(string name)
    {
        var root = Fixtures.Tree(name);
        var gpu = Assert.Single(Machines.Collect(root).Gpus);
        var sample = new MetricSampler(root, new FakeTimeProvider()).Sample();

        Assert.Equal(gpu.PcieWidth, sample["gpu.pcie_width{gpu=\"0\"}"]);
        Assert.Equal(gpu.PcieGeneration, sample["gpu.pcie_generation{gpu=\"0\"}"]);
    }

    /// <summary>Its table has bit 36 of the throttlers, which is SMU_THROTTLER_TEMP_HOTSPOT_BIT.</summary>
    [Fact]
    public void Facts_CapturedCardThatIsHot_SayWhatHoldsItsClocksDown()
    {
        var root = Fixtures.Tree("lact/amd-rx7600s");

        Assert.Equal(["thermal"], Assert.Single(Machines.Collect(root).Gpus).ThrottleReasons);
        var sample = new MetricSampler(root, new FakeTimeProvider()).Sample();
        Assert.Equal(1, sample["gpu.throttle_reasons{gpu=\"0\",reason=\"thermal\"}"]);
        Assert.Equal(0, sample["gpu.throttle_reasons{gpu=\"0\",reason=\"sw_power_cap\"}"]);
    }

    [Fact]
    public void Sample_Accelerator_HasWhatItsFirmwareCountsAsRates()
    {
        var time = new FakeTimeProvider();
        using var tree = new TemporaryTree();
        const string Device = "/sys/class/drm/card0/device";
        tree.Write($"{Device}/uevent", "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:05:00.0\n");
        var table = new Version7 { Header = Header(sizeof(Version7), 7), Hotspot = 61, Memory = 44, Power = 812, MemoryActivity = 37, PcieWidth = 16, PcieSpeed = 320, Replays = 3 };
        var sampler = new MetricSampler(tree.Root, time);
        Write(tree, $"{Device}/gpu_metrics", table);
        sampler.Sample();

        time.Advance(TimeSpan.FromSeconds(10));
        (table.Cycles, table.PowerResidency, table.MemoryResidency) = (10_000, 2_500, 100);
        (table.XgmiRead[0], table.XgmiRead[7], table.XgmiWritten[3]) = (10_000, 5_000, 40_000);
        Write(tree, $"{Device}/gpu_metrics", table);
        var sample = sampler.Sample();

        Assert.Equal((61, 44, 812, 37), (Of("gpu.hotspot_temperature_celsius"), Of("gpu.memory_temperature_celsius"), Of("gpu.power_watts"), Of("gpu.memory_busy_percent")));
        Assert.Equal((5, 16, 3), (Of("gpu.pcie_generation"), Of("gpu.pcie_width"), Of("gpu.pcie_replays_total")));
        Assert.Equal((25, 1, 0), (Throttled("sw_power_cap"), Throttled("memory_thermal"), Throttled("prochot")));
        Assert.Equal((1_500_000, 4_000_000), (Of("gpu.xgmi_read_bytes_per_second"), Of("gpu.xgmi_write_bytes_per_second")));

        double? Of(string metric) => sample[$"{metric}{{gpu=\"0\"}}"];
        double? Throttled(string reason) => sample[$"gpu.throttled_percent{{gpu=\"0\",reason=\"{reason}\"}}"];
    }

    [Fact]
    public void Read_EveryVersionOfAccelerators_FindsTheLinkTheReplaysAndTheTraffic()
    {
        var four = new Version4 { Header = Header(sizeof(Version4), 4), PcieWidth = 16, PcieSpeed = 320, Replays = 9 };
        var five = new Version5 { Header = Header(sizeof(Version5), 5), PcieWidth = 16, PcieSpeed = 320, Replays = 9 };
        var six = new Version6 { Header = Header(sizeof(Version6), 6), Cycles = 77, PcieWidth = 16, PcieSpeed = 320, Replays = 9 };
        (four.XgmiRead[7], four.XgmiWritten[0]) = (21, 22);
        (five.XgmiRead[7], five.XgmiWritten[0]) = (21, 22);
        (six.XgmiRead[7], six.XgmiWritten[0]) = (21, 22);

        foreach (var metrics in new[] { Read(four), Read(five), Read(six) })
        {
            Assert.Equal((16, 5, 9UL), (metrics!.PcieWidth, metrics.PcieGeneration, metrics.PcieReplays));
            Assert.Equal((21UL, 22UL), metrics.XgmiKilobytes);
        }

        Assert.Equal((null, null, 77U), (Read(four)!.Cycles, Read(five)!.Cycles, Read(six)!.Cycles));
    }

    [Fact]
    public void Read_TableThatIsCutShortOrUnknown_HasNothing()
    {
        using var tree = new TemporaryTree();
        var device = new GpuDevice("0000:05:00.0", "/gpu", null, null, null, null);
        tree.Write("/gpu/gpu_metrics", "\x08\0\x01\x03\xFF");
        Assert.Null(AmdGpuMetrics.Read(tree.Root, device)!.Throttlers);
        tree.Write("/gpu/gpu_metrics", "\x08\0\x01\x09\0\0\0\0");
        Assert.Null(AmdGpuMetrics.Read(tree.Root, device));
        tree.Write("/gpu/gpu_metrics", "");
        Assert.Null(AmdGpuMetrics.Read(tree.Root, device));
    }

    private static AmdGpuMetrics? Read<T>(T table)
        where T : unmanaged
    {
        using var tree = new TemporaryTree();
        Write(tree, "/gpu/gpu_metrics", table);
        return AmdGpuMetrics.Read(tree.Root, new GpuDevice("0000:05:00.0", "/gpu", null, null, null, null));
    }

    private static void Write<T>(TemporaryTree tree, string path, T table)
        where T : unmanaged
    {
        tree.Write(path, "");
        File.WriteAllBytes(tree.Directory + path, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in table)).ToArray());
    }

    private static Start Header(int size, byte version) => new() { Size = (ushort)size, Format = 1, Content = version };

#pragma warning disable CS0649, IDE0044 // As the kernel's header has them; what a test does not set is zero.
    [InlineArray(8)]
    private struct Links
    {
        private ulong _first;
    }

    [InlineArray(32)]
    private struct Engines
    {
        private ushort _first;
    }

    private struct Start
    {
        public ushort Size;
        public byte Format, Content;
    }

    private struct Version4
    {
        public Start Header;
        public ushort Hotspot, Memory, Regulator, Power, Activity, MemoryActivity, Vcn0, Vcn1, Vcn2, Vcn3;
        public ulong Energy, Clock;
        public uint Throttle, Lock;
        public ushort PcieWidth, PcieSpeed, XgmiWidth, XgmiSpeed;
        public uint ActivityTotal, MemoryActivityTotal;
        public ulong Bandwidth, BandwidthNow, Recoveries, Replays, ReplayRollovers;
        public Links XgmiRead, XgmiWritten;
    }

    private struct Version5
    {
        public Start Header;
        public ushort Hotspot, Memory, Regulator, Power, Activity, MemoryActivity, Vcn0, Vcn1, Vcn2, Vcn3;
        public Engines Jpeg;
        public ulong Energy, Clock;
        public uint Throttle, Lock;
        public ushort PcieWidth, PcieSpeed, XgmiWidth, XgmiSpeed;
        public uint ActivityTotal, MemoryActivityTotal;
        public ulong Bandwidth, BandwidthNow, Recoveries, Replays, ReplayRollovers;
        public uint NaksSent, NaksReceived;
        public Links XgmiRead, XgmiWritten;
    }

    private struct Version6
    {
        public Start Header;
        public ushort Hotspot, Memory, Regulator, Power, Activity, MemoryActivity;
        public ulong Energy, Clock;
        public uint Cycles, ProcessorResidency, PowerResidency, SocketResidency, RegulatorResidency, MemoryResidency, Lock;
        public ushort PcieWidth, PcieSpeed, XgmiWidth, XgmiSpeed;
        public uint ActivityTotal, MemoryActivityTotal;
        public ulong Bandwidth, BandwidthNow, Recoveries, Replays, ReplayRollovers;
        public uint NaksSent, NaksReceived;
        public Links XgmiRead, XgmiWritten;
    }

    private struct Version7
    {
        public Start Header;
        public ushort Hotspot, Memory, Regulator, Power, Activity, MemoryActivity;
        public ulong MaxBandwidth, Energy, Clock;
        public uint Cycles, ProcessorResidency, PowerResidency, SocketResidency, RegulatorResidency, MemoryResidency, Lock;
        public ushort PcieWidth, PcieSpeed, XgmiWidth, XgmiSpeed;
        public uint ActivityTotal, MemoryActivityTotal;
        public ulong Bandwidth, BandwidthNow, Recoveries, Replays, ReplayRollovers;
        public uint NaksSent, NaksReceived;
        public Links XgmiRead, XgmiWritten;
    }
#pragma warning restore CS0649, IDE0044
}
