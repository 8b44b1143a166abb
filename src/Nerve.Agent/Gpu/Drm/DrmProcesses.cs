using System.Globalization;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Adds to AMD and Intel GPUs the processes that use them.</summary>
internal static class DrmProcesses
{
    public static IReadOnlyList<GpuInfo> Add(HostRoot root, IReadOnlyList<GpuInfo> gpus)
    {
        if (gpus.Count == 0)
        {
            return gpus;
        }

        // What a process computes with is counted by kfd; the same memory shows in its clients of the graphics driver.
        List<GpuUse> uses = [.. KfdProcesses.Find(root)];
        foreach (var client in DrmClients.Find(root))
        {
            if (!uses.Exists(use => use.Pid == client.Pid && use.PciAddress == client.PciAddress && use.Client.Contains("kfd", StringComparison.Ordinal)))
            {
                uses.Add(client);
            }
        }

        return [.. gpus.Select(gpu => gpu with { Processes = Of(root, gpu.PciAddress, uses) })];
    }

    private static List<GpuProcessInfo> Of(HostRoot root, string? address, List<GpuUse> uses)
    {
        var processes = new List<GpuProcessInfo>();
        foreach (var use in uses)
        {
            if (!string.Equals(use.PciAddress, address, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var known = processes.FindIndex(process => process.Pid == use.Pid);
            if (known < 0)
            {
                processes.Add(new GpuProcessInfo(use.Pid, Name(root, use.Pid), use.MemoryBytes, null, null));
            }
            else
            {
                processes[known] = processes[known] with { MemoryBytes = (processes[known].MemoryBytes ?? 0) + use.MemoryBytes ?? processes[known].MemoryBytes };
            }
        }

        return processes;
    }

    // The name only: arguments may hold secrets.
    private static string? Name(HostRoot root, int pid) => root.TryLine(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"));
}
