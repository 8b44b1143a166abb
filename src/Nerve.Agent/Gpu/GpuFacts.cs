using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Gpu.Nvml;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu;

/// <summary>GPUs and accelerators in the order of their PCI addresses: what their maker's library says where it can be asked, else what the kernel's
/// files say. One that nobody says anything of is listed all the same.</summary>
internal static class GpuFacts
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<GpuInfo> Collect(Machine machine)
    {
        var devices = GpuDevices.Find(machine.Root);
        List<GpuInfo> told = [.. AskLibrary(machine, devices), .. AskDrivers(machine, devices)];
        var order = GpuOrder.Of(devices.Select(device => device.Address), told.Select(gpu => gpu.PciAddress).OfType<string>());
        List<GpuInfo> gpus = [.. order.Select((address, index) => Describe(
            machine,
            devices.FirstOrDefault(device => Same(device.Address, address)),
            told.Find(gpu => Same(gpu.PciAddress, address))) with { Index = index })];
        // On the running machine the probe has added them.
        return machine.Probes is null ? DrmProcesses.Add(machine.Root, gpus) : gpus;
    }

    private static GpuInfo Describe(Machine machine, GpuDevice? device, GpuInfo? told)
    {
        if (device is null)
        {
            return told!;
        }

        if (device.Driver is null)
        {
            ReportNoDriver(machine, device);
        }

        return told is null ? DrmFacts.Describe(machine.Root, device) : told with
        {
            PciId = device.PciId,
            NumaNode = told.NumaNode ?? (Number.Int(machine.Line($"{device.Directory}/numa_node")) is >= 0 and var node ? node : null),
        };
    }

    private static IReadOnlyList<GpuInfo> AskLibrary(Machine machine, IReadOnlyList<GpuDevice> devices)
    {
        if (machine.Probes?.Nvml is not { } probe)
        {
            return [];
        }

        if (NvmlLibrary.IsInstalled(machine.Root))
        {
            return Ask(machine, probe);
        }

        if (devices.Any(device => device.Driver == "nvidia"))
        {
            machine.Report("NVML", "libnvidia-ml.so.1 is not installed, so GPU metrics are unknown. It comes with the NVIDIA driver's packages for computing.");
        }

        return [];
    }

    private static IReadOnlyList<GpuInfo> AskDrivers(Machine machine, IReadOnlyList<GpuDevice> devices) =>
        machine.Probes?.Drm is { } probe && devices.Any(DrmFacts.Knows) ? Ask(machine, probe) : [];

    private static IReadOnlyList<GpuInfo> Ask(Machine machine, Probe probe)
    {
        probe.Want();
        var reply = probe.AskParts(new ProbeRequest(ProbeAsk.Inventory), s_wait);
        foreach (var problem in reply?.Problems ?? [])
        {
            machine.Report(problem.Source, problem.Reason);
        }

        return reply?.Gpus ?? [];
    }

    private static void ReportNoDriver(Machine machine, GpuDevice device)
    {
        // A captured tree may have kept no driver links at all; then their absence says nothing.
        if (!machine.List("/sys/bus/pci/devices").Any(address => machine.Root.LinkName($"/sys/bus/pci/devices/{address}/driver") is not null))
        {
            return;
        }

        machine.Report($"gpu {device.Address}", $"No driver holds this accelerator ({GpuVendors.NameOf(device.Vendor) ?? "unknown maker"} {device.PciId}), so it cannot be used. {Advice(device)}");
    }

    private static string Advice(GpuDevice device) => device.Vendor switch
    {
        GpuVendors.Nvidia => "Install the NVIDIA driver, or load it: modprobe nvidia.",
        GpuVendors.Amd => "Load the driver: modprobe amdgpu; the kernel log says why it did not start.",
        GpuVendors.Intel => "Load the driver: modprobe xe or i915; the kernel log says why it did not start.",
        _ => "Install its maker's driver.",
    };

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
