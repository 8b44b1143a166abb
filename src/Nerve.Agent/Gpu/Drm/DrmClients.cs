using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Which processes use which GPU, from what the drivers write of every open graphics device (Documentation/gpu/drm-usage-stats.rst):
/// <c>/proc/PID/fdinfo/N</c>. Without root, of processes of our own only.</summary>
internal static class DrmClients
{
    private const string Devices = "/dev/dri/";

    /// <summary>By process and device, each client of the driver once however often it is open.</summary>
    public static IReadOnlyList<GpuUse> Find(HostRoot root)
    {
        var clients = new Dictionary<string, GpuUse>(StringComparer.Ordinal);
        foreach (var process in root.List("/proc"))
        {
            if (Number.Int(process) is { } pid)
            {
                Add(root, pid, clients);
            }
        }

        return [.. clients.Values];
    }

    private static void Add(HostRoot root, int pid, Dictionary<string, GpuUse> clients)
    {
        foreach (var descriptor in root.List($"/proc/{pid}/fdinfo"))
        {
            // Most are files and sockets. A capture may lack the links.
            if (root.LinkTarget($"/proc/{pid}/fd/{descriptor}")?.StartsWith(Devices, StringComparison.Ordinal) != false
                && root.TryLine($"/proc/{pid}/fdinfo/{descriptor}") is { } text && Parse(pid, text) is { } client)
            {
                clients.TryAdd(client.Client, client);
            }
        }
    }

    /// <returns>Null for what is no client of a GPU, and for one that has only opened it.</returns>
    internal static GpuUse? Parse(int pid, string text)
    {
        string? device = null;
        string? client = null;
        long? memory = null;
        var works = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(':', 2) is not [var key, var value])
            {
                continue;
            }

            value = value.Trim();
            switch (key)
            {
                case "drm-pdev":
                    device = value;
                    break;
                case "drm-client-id":
                    client = value;
                    break;
                // The newer name says the same, and comes after the older where a driver writes both.
                case "drm-memory-vram" or "drm-resident-vram" or "drm-resident-vram0" or "drm-resident-local0":
                    memory = Bytes(value);
                    break;
                default:
                    works |= (key.StartsWith("drm-engine-", StringComparison.Ordinal) || key.StartsWith("drm-cycles-", StringComparison.Ordinal))
                        && Number.Long(value.Split(' ')[0]) > 0;
                    break;
            }
        }

        return device is null || client is null || !(works || memory > 0) ? null : new GpuUse(pid, device, $"{device}/{client}", memory);
    }

    // "1234 KiB", "7 MiB", or bytes.
    private static long? Bytes(string value) => value.Split(' ') switch
    {
        [var number] => Number.Long(number),
        [var number, "KiB"] => Number.Size(number + "K"),
        [var number, "MiB"] => Number.Size(number + "M"),
        _ => null,
    };
}

/// <param name="Client">The driver's number of it.</param>
/// <param name="MemoryBytes">Of the card; null where it has none of its own, or the driver does not say.</param>
internal sealed record GpuUse(int Pid, string PciAddress, string Client, long? MemoryBytes);
