using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu;

/// <summary>What NVIDIA's kernel driver shows below <c>/proc/driver/nvidia</c>.</summary>
internal static class NvidiaFiles
{
    public static GpuInfo Add(HostRoot root, GpuInfo gpu)
    {
        var information = Parse(SysFile.Line(root, $"/proc/driver/nvidia/gpus/{gpu.PciAddress}/information") ?? "");
        return gpu with
        {
            Model = Value(information, "Model") ?? gpu.Model,
            Uuid = Value(information, "GPU UUID"),
            Vbios = Value(information, "Video BIOS"),
            GspFirmware = Value(information, "GPU Firmware"),
            DriverVersion = DriverVersion(root),
        };
    }

    private static string? DriverVersion(HostRoot root) =>
        SysFile.Line(root, "/sys/module/nvidia/version") ?? VersionIn(SysFile.Line(root, "/proc/driver/nvidia/version"));

    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 …": the first word that is a version.
    private static string? VersionIn(string? text) => text?.Split('\n')[0].Split(' ')
        .FirstOrDefault(word => word.Contains('.', StringComparison.Ordinal) && word.All(letter => char.IsAsciiDigit(letter) || letter == '.'));

    private static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                values[line[..colon].Trim()] = line[(colon + 1)..].Trim();
            }
        }

        return values;
    }

    // Until a program has opened the device, the driver writes question marks for what it does not know yet.
    private static string? Value(Dictionary<string, string> values, string key) =>
        values.TryGetValue(key, out var value) && value.Length > 0 && !value.Contains("??", StringComparison.Ordinal) && value != "N/A" ? value : null;
}
