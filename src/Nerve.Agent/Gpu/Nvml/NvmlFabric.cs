using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>How a GPU stands in the fabric of NVSwitches.</summary>
internal static class NvmlFabric
{
    // Two bits each (NVML_GPU_FABRIC_HEALTH_MASK_…): 1 says yes, 2 says no, 0 that it is not supported.
    private static readonly string[] s_complaints = ["degradedBandwidth", "routeRecovery", "routeUnhealthy", "accessTimeoutRecovery"];

    public static FabricInfo? Describe(NvmlDevice gpu)
    {
        if (gpu.Read("nvmlDeviceGetGpuFabricInfoV", new NvmlFabric2 { Version = NvmlFabric2.CurrentVersion }) is { } fabric)
        {
            return Describe(fabric.State, fabric.Status, fabric.ClusterUuid, fabric.CliqueId, fabric.HealthMask);
        }

        return gpu.Read<NvmlFabric1>("nvmlDeviceGetGpuFabricInfo") is { } older
            ? Describe(older.State, older.Status, older.ClusterUuid, older.CliqueId, healthMask: 0)
            : null;
    }

    private static FabricInfo? Describe(byte state, uint status, NvmlUuid cluster, uint clique, uint healthMask)
    {
        var name = state switch { 1 => "notStarted", 2 => "inProgress", 3 => "completed", _ => null };
        if (name is null)
        {
            return null;
        }

        // What it came to is known only when it is over.
        var over = name == "completed";
        return new FabricInfo(
            name,
            !over ? null : status == 0 ? "success" : $"NVML error {status}",
            over ? cluster.Text() : null,
            over ? (int)clique : null,
            string.Join(", ", s_complaints.Where((_, place) => ((healthMask >> (2 * place)) & 3) == 1)) is { Length: > 0 } health
                ? health
                : null);
    }
}
