using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>The parts that a GPU is divided into.</summary>
internal static class NvmlMig
{
    public static IEnumerable<MigPart> Parts(NvmlDevice gpu)
    {
        // Positions may be empty where a part was removed.
        var count = gpu.Pair("nvmlDeviceGetMigMode")?.First == 1 ? gpu.Number("nvmlDeviceGetMaxMigDeviceCount") ?? 0 : 0;
        for (var index = 0u; index < count; index++)
        {
            if (gpu.MigDevice(index) is { } mig)
            {
                yield return new MigPart((int)index, mig);
            }
        }
    }

    public static IReadOnlyList<MigDeviceInfo> Describe(NvmlDevice gpu) => [.. Parts(gpu).Select(part => new MigDeviceInfo(
        part.Index,
        part.Device.Text("nvmlDeviceGetUUID"),
        Profile(part.Device.Text("nvmlDeviceGetName")),
        (int?)part.Device.Number("nvmlDeviceGetGpuInstanceId"),
        (int?)part.Device.Number("nvmlDeviceGetComputeInstanceId"),
        NvmlReadings.Memory(part.Device)?.Total,
        (int?)part.Device.Read<NvmlAttributes>("nvmlDeviceGetAttributes_v2")?.Multiprocessors))];

    // "NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb"
    private static string? Profile(string? name)
    {
        const string Mark = " MIG ";
        return name?.LastIndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at ? name[(at + Mark.Length)..] : null;
    }
}

/// <param name="Index">Its position, of which some may be empty.</param>
internal sealed record MigPart(int Index, NvmlDevice Device);
