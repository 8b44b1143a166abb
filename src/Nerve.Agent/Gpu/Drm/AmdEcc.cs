using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Errors by block of an AMD card, from <c>ras/umc_err_count</c> and its like (Documentation/gpu/amdgpu/ras.rst). They count from the loading
/// of the driver.</summary>
internal static class AmdEcc
{
    private const string Suffix = "_err_count";

    /// <summary>Whether its memory (<c>umc</c>, the unified memory controller) counts errors.</summary>
    public static bool IsThere(HostRoot root, GpuDevice device) => root.Exists($"{device.Directory}/ras/umc{Suffix}");

    public static GpuEccInfo? Read(HostRoot root, GpuDevice device)
    {
        var blocks = root.List($"{device.Directory}/ras").Where(file => file.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(file => Parse(file[..^Suffix.Length], SysFile.Line(root, $"{device.Directory}/ras/{file}")))
            .OfType<EccLocationInfo>()
            .ToList();
        return blocks.Count == 0
            ? null
            : new GpuEccInfo(blocks.Sum(block => block.VolatileCorrected), blocks.Sum(block => block.VolatileUncorrected), null, null, blocks);
    }

    // "ue: 0\nce: 3"
    private static EccLocationInfo? Parse(string block, string? text)
    {
        var (corrected, uncorrected) = (Count(text, "ce:"), Count(text, "ue:"));
        return corrected is null && uncorrected is null ? null : new EccLocationInfo(block, corrected, uncorrected, null, null);
    }

    private static long? Count(string? text, string key) => Number.Long(text?.Split('\n')
        .FirstOrDefault(line => line.TrimStart().StartsWith(key, StringComparison.Ordinal))?.Split(':')[1].Trim());
}
