using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What the machine runs in, in the words of <c>systemd-detect-virt(1)</c>; a container counts before the
/// virtual machine around it. <c>none</c> only where the hardware says so, null where it cannot be told.</summary>
internal static class VirtualizationFacts
{
    // In this order: OpenStack and Amazon machines run on QEMU and KVM, and their firmware says more than one name.
    private static readonly (string Text, string Name)[] s_vendors =
    [
        ("KVM", "kvm"), ("OpenStack", "kvm"), ("KubeVirt", "kvm"), ("Amazon EC2", "amazon"), ("QEMU", "qemu"), ("VMware", "vmware"),
        ("VMW", "vmware"), ("innotek GmbH", "oracle"), ("VirtualBox", "oracle"), ("Oracle Corporation", "oracle"), ("Xen", "xen"),
        ("Bochs", "bochs"), ("Parallels", "parallels"), ("BHYVE", "bhyve"), ("Hyper-V", "microsoft"), ("Apple Virtualization", "apple"),
        ("Google Compute Engine", "google"),
    ];

    private static readonly string[] s_dmiFields = ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"];

    public static string? Collect(Machine machine) => Container(machine) ?? VirtualMachine(machine);

    private static string? Container(Machine machine)
    {
        if (machine.Line("/proc/sys/kernel/osrelease") is { } kernel
            && (kernel.Contains("Microsoft", StringComparison.Ordinal) || kernel.Contains("WSL", StringComparison.Ordinal)))
        {
            return "wsl";
        }

        // Another tree's run directory says nothing of the machine the tree is mounted on, but all of the one it came from.
        return machine.Line("/run/systemd/container")
            ?? (machine.Root.Exists("/.dockerenv") ? "docker" : null)
            ?? (machine.Root.Exists("/run/.containerenv") ? "podman" : null)
            ?? (machine.Root.IsDirectory("/var/run/secrets/kubernetes.io") ? "container-other" : null)
            ?? (machine.Root.IsDirectory("/proc/vz") && !machine.Root.IsDirectory("/proc/bc") ? "openvz" : null);
    }

    private static string? VirtualMachine(Machine machine)
    {
        var hypervised = machine.CpuInfo.Family == CpuFamily.X86 ? machine.CpuInfo.Words("flags").Contains("hypervisor") : (bool?)null;
        if (hypervised == false)
        {
            return machine.Line("/sys/hypervisor/type") == "xen" ? "xen" : "none";
        }

        var firmware = Firmware(machine);
        return firmware is not null and not "qemu"
            ? firmware
            : (machine.Root.IsLive && hypervised == true ? Hypervisor.Name() : null)
                ?? (machine.Line("/sys/hypervisor/type") == "xen" ? "xen" : null)
                ?? firmware
                ?? Mainframe(machine)
                ?? DeviceTree(machine)
                ?? (hypervised == true ? "vm-other" : machine.Line("/sys/class/dmi/id/sys_vendor") is not null ? "none" : null);
    }

    private static string? Firmware(Machine machine)
    {
        // Amazon's bare metal carries the same vendor as its virtual machines.
        if (machine.Line("/sys/class/dmi/id/product_name")?.Contains(".metal", StringComparison.Ordinal) == true)
        {
            return null;
        }

        return s_dmiFields
            .Select(field => machine.Line($"/sys/class/dmi/id/{field}"))
            .SelectMany(value => s_vendors.Where(vendor => value?.StartsWith(vendor.Text, StringComparison.Ordinal) == true))
            .Select(vendor => vendor.Name)
            .FirstOrDefault();
    }

    private static string? Mainframe(Machine machine)
    {
        if (machine.CpuInfo.Family != CpuFamily.S390 || machine.Text("/proc/sysinfo") is not { } text)
        {
            return null;
        }

        var program = text.Split('\n').FirstOrDefault(line => line.StartsWith("VM00 Control Program:", StringComparison.Ordinal));
        return program is null ? "none" : program.Contains("z/VM", StringComparison.Ordinal) ? "zvm" : "kvm";
    }

    private static string? DeviceTree(Machine machine) => machine.Line("/proc/device-tree/hypervisor/compatible") switch
    {
        null => null,
        "linux,kvm" => "kvm",
        var name when name.Contains("xen", StringComparison.Ordinal) => "xen",
        var name when name.Contains("vmware", StringComparison.Ordinal) => "vmware",
        _ => "vm-other",
    };
}
