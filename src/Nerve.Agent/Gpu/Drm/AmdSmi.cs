using System.Text.Json;
using Nerve.Protocol.Inventories;
using static Nerve.Agent.Probes.ToolJson;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>What AMD's <c>amd-smi</c>, the successor of <c>rocm-smi</c>, knows of a card that the driver's files do not.</summary>
internal static class AmdSmi
{
    public static readonly string[] Programs = ["/opt/rocm/bin/amd-smi", "/usr/bin/amd-smi"];

    public static readonly string[] Arguments = ["static", "--asic", "--bus", "--vbios", "--board", "--driver", "--json"];

    /// <summary>The cards of a report; none when it is no report.</summary>
    // Since ROCm 6.4 the list is inside an object.
    public static IReadOnlyList<GpuInfo> Parse(ReadOnlyMemory<byte> output) => Read(output, root => Each(At(root, "gpu_data") ?? root, Describe)) ?? [];

    private static GpuInfo? Describe(JsonElement card) => Known(At(card, "bus", "bdf")) is not { } address ? null : new GpuInfo
    {
        Vendor = "AMD",
        PciAddress = address.ToLowerInvariant(),
        Model = Known(At(card, "asic", "market_name")) ?? Known(At(card, "board", "product_name")),
        Serial = Known(At(card, "board", "product_serial")),
        PartNumber = Known(At(card, "board", "model_number")),
        Uuid = Known(At(card, "asic", "asic_serial")),
        Vbios = Known(At(card, "vbios", "part_number")) ?? Known(At(card, "ifwi", "part_number")),
        DriverVersion = Known(At(card, "driver", "version")),
    };

    private static string? Known(JsonElement? value) => Text(value) is { } text && text != "N/A" ? text : null;
}
