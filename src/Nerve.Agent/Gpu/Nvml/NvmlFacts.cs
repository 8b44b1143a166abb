using System.Globalization;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>What the library says that a GPU is.</summary>
internal static class NvmlFacts
{
    private const uint Graphics = 0;
    private const uint Sm = 1;
    private const uint Memory = 2;

    public static GpuInfo Describe(NvmlSession session, NvmlDevice gpu, HostRoot root)
    {
        var info = new GpuInfo
        {
            Vendor = "NVIDIA",
            Driver = "nvidia",
            PciAddress = gpu.Address,
            DriverVersion = session.DriverVersion,
            CudaVersion = session.CudaVersion,
            Model = gpu.Text("nvmlDeviceGetName"),
            Uuid = gpu.Text("nvmlDeviceGetUUID"),
            Serial = gpu.Text("nvmlDeviceGetSerial"),
            Vbios = gpu.Text("nvmlDeviceGetVbiosVersion"),
            GspFirmware = gpu.Text("nvmlDeviceGetGspFirmwareVersion"),
            PartNumber = gpu.Text("nvmlDeviceGetBoardPartNumber"),
            MemoryBytes = NvmlReadings.Memory(gpu)?.Total,
            ComputeCapability = gpu.Pair("nvmlDeviceGetCudaComputeCapability") is { } capability ? $"{capability.First}.{capability.Second}" : null,
            ComputeMode = gpu.Number("nvmlDeviceGetComputeMode") switch { 0 => "default", 2 => "prohibited", 3 => "exclusiveProcess", _ => null },
            PersistenceMode = gpu.Number("nvmlDeviceGetPersistenceMode") switch { 0 => false, 1 => true, _ => null },
        };
        info = AddLimits(gpu, AddPcie(gpu, info));
        info = AddMemoryHealth(gpu, info);
        info = AddParts(gpu, info, root);
        // Asked last: by now the card has answered, or not.
        return info with { Lost = gpu.IsLost };
    }

    private static GpuInfo AddLimits(NvmlDevice gpu, GpuInfo info)
    {
        var range = gpu.Pair("nvmlDeviceGetPowerManagementLimitConstraints");
        return info with
        {
            PowerLimitWatts = Watts(gpu.Number("nvmlDeviceGetEnforcedPowerLimit") ?? gpu.Number("nvmlDeviceGetPowerManagementLimit")),
            PowerDefaultLimitWatts = Watts(gpu.Number("nvmlDeviceGetPowerManagementDefaultLimit")),
            PowerMinLimitWatts = Watts(range?.First),
            PowerMaxLimitWatts = Watts(range?.Second),
            GraphicsMaxMhz = (int?)gpu.Number("nvmlDeviceGetMaxClockInfo", Graphics),
            SmMaxMhz = (int?)gpu.Number("nvmlDeviceGetMaxClockInfo", Sm),
            MemoryMaxMhz = (int?)gpu.Number("nvmlDeviceGetMaxClockInfo", Memory),
            ThrottleReasons = NvmlReadings.ThrottleReasons(gpu) is { } mask ? NvmlReadings.Name(mask) : [],
        };
    }

    private static GpuInfo AddPcie(NvmlDevice gpu, GpuInfo info) => info with
    {
        PcieGeneration = (int?)gpu.Number("nvmlDeviceGetCurrPcieLinkGeneration"),
        PcieWidth = (int?)gpu.Number("nvmlDeviceGetCurrPcieLinkWidth"),
        PcieMaxGeneration = (int?)gpu.Number("nvmlDeviceGetMaxPcieLinkGeneration"),
        PcieMaxWidth = (int?)gpu.Number("nvmlDeviceGetMaxPcieLinkWidth"),
    };

    private static GpuInfo AddMemoryHealth(NvmlDevice gpu, GpuInfo info)
    {
        var single = gpu.RetiredPages(0);
        var two = gpu.RetiredPages(1);
        return info with
        {
            EccMode = OnOff(gpu.Pair("nvmlDeviceGetEccMode")?.First),
            Ecc = NvmlEcc.Read(gpu),
            RemappedRows = gpu.Four("nvmlDeviceGetRemappedRows") is { } rows
                ? new RemappedRowsInfo((int)rows.First, (int)rows.Second, rows.Third != 0, rows.Fourth != 0)
                : null,
            RetiredPages = single is null && two is null
                ? null
                : new RetiredPagesInfo(single, two, gpu.Number("nvmlDeviceGetRetiredPagesPendingStatus") is { } pending ? pending != 0 : null),
        };
    }

    private static GpuInfo AddParts(NvmlDevice gpu, GpuInfo info, HostRoot root) => info with
    {
        MigMode = OnOff(gpu.Pair("nvmlDeviceGetMigMode")?.First),
        MigDevices = NvmlMig.Describe(gpu),
        Nvlinks = NvmlLinks.Describe(gpu),
        Fabric = NvmlFabric.Describe(gpu),
        Processes = [.. (gpu.Processes() ?? []).Select(process => Describe(process, root))],
    };

    private static GpuProcessInfo Describe(NvmlProcess process, HostRoot root) => new(
        (int)process.Pid,
        Name(root, process.Pid),
        // NVML_VALUE_NOT_AVAILABLE
        process.UsedMemory == ulong.MaxValue ? null : (long)process.UsedMemory,
        process.GpuInstance == NvmlProcess.NoInstance ? null : (int)process.GpuInstance,
        process.ComputeInstance == NvmlProcess.NoInstance ? null : (int)process.ComputeInstance);

    // The name only: arguments may hold secrets.
    private static string? Name(HostRoot root, uint pid) => root.TryLine(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"));

    private static double? Watts(uint? milliwatts) => milliwatts / 1000.0;

    private static string? OnOff(uint? state) => state switch { 0 => "disabled", 1 => "enabled", _ => null };
}
