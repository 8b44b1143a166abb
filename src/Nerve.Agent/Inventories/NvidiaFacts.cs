using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>What NVIDIA's kernel driver shows below <c>/proc/driver/nvidia</c>.</summary>
internal static class NvidiaFacts
{
    public static GpuInfo Add(Machine machine, GpuInfo gpu)
    {
        var information = Parse(machine.Text($"/proc/driver/nvidia/gpus/{gpu.PciAddress}/information") ?? "");
        return gpu with
        {
            Model = Value(information, "Model"),
            Uuid = Value(information, "GPU UUID"),
            Vbios = Value(information, "Video BIOS"),
            DriverVersion = DriverVersion(machine),
        };
    }

    private static string? DriverVersion(Machine machine) =>
        machine.Line("/sys/module/nvidia/version") ?? VersionIn(machine.Text("/proc/driver/nvidia/version"));

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
