using System.Globalization;
using Nerve.Protocol.Inventories;

namespace Nerve.Swarm.Agents;

/// <summary>Kinds of machines that such a fleet is made of.</summary>
internal static class MachineTemplates
{
    private static readonly (string Kind, string Cpu, int Threads, long MemoryGiB, string? Gpu, int Gpus)[] s_kinds =
    [
        ("h100", "Intel(R) Xeon(R) Platinum 8480C", 224, 2048, "NVIDIA H100 80GB HBM3", 8),
        ("a100", "AMD EPYC 7742 64-Core Processor", 256, 2048, "NVIDIA A100-SXM4-80GB", 8),
        ("mi300", "AMD EPYC 9654 96-Core Processor", 384, 2304, "AMD Instinct MI300X", 8),
        ("storage", "AMD EPYC 9354P 32-Core Processor", 64, 512, null, 0),
    ];

    public static string HostnameOf(int number) =>
        $"{s_kinds[number % s_kinds.Length].Kind}-{(number / s_kinds.Length).ToString("D5", CultureInfo.InvariantCulture)}";

    public static IReadOnlyDictionary<string, string> LabelsOf(int number) => new Dictionary<string, string>
    {
        ["site"] = "abcd"[number / 7 % 4].ToString(),
        ["rack"] = $"r{number / 16:D3}",
        ["kind"] = s_kinds[number % s_kinds.Length].Kind,
    };

    public static Inventory InventoryOf(int number, DateTimeOffset now)
    {
        var (_, cpu, threads, memoryGiB, gpu, gpus) = s_kinds[number % s_kinds.Length];
        return new Inventory
        {
            CollectedAt = now,
            AgentVersion = "swarm",
            Host = new HostInfo
            {
                Hostname = HostnameOf(number),
                Kernel = "6.8.0-60-generic",
                Arch = "x86_64",
                Os = new OsInfo("ubuntu", "Ubuntu", "24.04"),
                Virtualization = "none",
            },
            Cpu = new CpuInfo { Model = cpu, Threads = threads, Cores = threads / 2, Sockets = 2, ThreadsPerCore = 2 },
            Memory = new MemoryInfo { TotalBytes = memoryGiB << 30 },
            Gpus = [.. Enumerable.Range(0, gpus).Select(index => new GpuInfo
            {
                Index = index, Vendor = gpu!.Split(' ')[0], Model = gpu, MemoryBytes = 80L << 30, Uuid = $"GPU-{number:x8}-{index}",
            })],
            Disks = [.. Enumerable.Range(0, 8).Select(index => new DiskInfo
            {
                Name = $"nvme{index}n1", Transport = "nvme", SizeBytes = 3_840_755_982_336, Serial = $"S{number:D6}{index}",
            })],
            Network = [new NetworkInterfaceInfo { Name = "eth0", Type = "ethernet", SpeedMbps = 100_000, State = "up", Addresses = [AddressOf(number)] }],
        };
    }

    private static string AddressOf(int number) => $"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/8";
}
