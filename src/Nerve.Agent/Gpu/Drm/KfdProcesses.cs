using System.Globalization;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Processes that compute on AMD GPUs by ROCm, from the kernel's <c>kfd</c>: <c>/sys/class/kfd/kfd/proc/PID/vram_GPUID</c> in bytes.</summary>
internal static class KfdProcesses
{
    private const string Root = "/sys/class/kfd/kfd";

    /// <summary>Null where the kernel has no such driver, so that nobody knows.</summary>
    public static IReadOnlyList<GpuUse>? TryFind(HostRoot root) => root.IsDirectory($"{Root}/proc") ? Find(root) : null;

    public static IReadOnlyList<GpuUse> Find(HostRoot root)
    {
        var found = new List<GpuUse>();
        var addresses = Addresses(root);
        foreach (var process in root.List($"{Root}/proc"))
        {
            foreach (var (gpu, address) in addresses)
            {
                if (Number.Int(process) is { } pid && Number.Long(root.TryLine($"{Root}/proc/{process}/vram_{gpu}")) is { } bytes and > 0)
                {
                    found.Add(new GpuUse(pid, address, $"{address}/kfd {process}", bytes));
                }
            }
        }

        return found;
    }

    // A node has a number of its own for its GPU; processors have 0.
    private static Dictionary<string, string> Addresses(HostRoot root)
    {
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in root.List($"{Root}/topology/nodes"))
        {
            var directory = $"{Root}/topology/nodes/{node}";
            if (root.TryLine($"{directory}/gpu_id") is { } gpu and not "0" && root.TryLine($"{directory}/properties") is { } properties
                && Value(properties, "location_id") is { } location)
            {
                addresses[gpu] = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Value(properties, "domain") ?? 0:x4}:{(location >> 8) & 0xFF:x2}:{(location >> 3) & 0x1F:x2}.{location & 7:x}");
            }
        }

        return addresses;
    }

    private static long? Value(string properties, string key)
    {
        foreach (var line in properties.Split('\n'))
        {
            if (line.Split(' ') is [var name, var value] && name == key)
            {
                return Number.Long(value);
            }
        }

        return null;
    }
}
