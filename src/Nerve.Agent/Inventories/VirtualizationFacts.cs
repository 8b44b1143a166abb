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

    public static string? Collect(Machine machine) => ContainerFacts.Collect(machine) ?? VirtualMachine(machine);

    private static string? VirtualMachine(Machine machine)
    {
        if (machine.CpuInfo.First("vendor_id") == "User Mode Linux")
        {
            return "uml";
        }

        if (Xen(machine) is { } xen)
        {
            return xen;
        }

        var hypervised = machine.CpuInfo.Family == CpuFamily.X86 ? machine.CpuInfo.Words("flags").Contains("hypervisor") : (bool?)null;
        // Before processors said so (2008), only firmware and devices did; Oracle and Amazon build hardware as well.
        if (hypervised == false)
        {
            return GuestDevices.Hypervisor(machine) ?? "none";
        }

        var firmware = Firmware(machine);
        return firmware is not null and not "qemu"
            ? firmware
            : (machine.Root.IsLive && hypervised == true ? Hypervisor.Name() : null)
                ?? Clock(machine)
                ?? firmware
                ?? Mainframe(machine)
                ?? DeviceTree(machine)
                ?? GuestDevices.Hypervisor(machine)
                ?? (hypervised == true ? "vm-other" : machine.Line("/sys/class/dmi/id/sys_vendor") is not null ? "none" : null);
    }

    // The first domain runs on the hardware and controls the others.
    private static string? Xen(Machine machine) =>
        machine.Line("/proc/xen/capabilities")?.Contains("control_d", StringComparison.Ordinal) == true ? "none"
        : machine.Root.IsDirectory("/proc/xen") || machine.Line("/sys/hypervisor/type") == "xen" ? "xen"
        : null;

    private static string? Firmware(Machine machine)
    {
        // Amazon's bare metal carries the same vendor as its virtual machines.
        if (machine.Line("/sys/class/dmi/id/product_name")?.Contains(".metal", StringComparison.Ordinal) == true)
        {
            return null;
        }

        var values = s_dmiFields.Select(field => machine.Line($"/sys/class/dmi/id/{field}") ?? Table(machine, field)).ToList();
        return values
            .SelectMany(value => s_vendors.Where(vendor => value?.StartsWith(vendor.Text, StringComparison.Ordinal) == true))
            .Select(vendor => vendor.Name)
            .FirstOrDefault()
            ?? (values[0] == "Virtual Machine" && values[1] == "Microsoft Corporation" ? "microsoft" : null);
    }

    private static string? Table(Machine machine, string field) => field switch
    {
        "product_name" => machine.Smbios.First(1)?.RawText(0x05),
        "sys_vendor" => machine.Smbios.First(1)?.RawText(0x04),
        "board_vendor" => machine.Smbios.First(2)?.RawText(0x04),
        "bios_vendor" => machine.Smbios.First(0)?.RawText(0x04),
        _ => machine.Smbios.First(1)?.RawText(0x06),
    };

    // A guest takes its time from its hypervisor, which tells KVM from an emulating QEMU.
    private static string? Clock(Machine machine)
    {
        var clocks = machine.Line("/sys/devices/system/clocksource/clocksource0/available_clocksource") ?? "";
        return clocks.Contains("kvm-clock", StringComparison.Ordinal) ? "kvm"
            : clocks.Contains("hyperv", StringComparison.Ordinal) ? "microsoft"
            : null;
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

    private static string? DeviceTree(Machine machine)
    {
        const string Directory = "/proc/device-tree";
        return machine.Line($"{Directory}/hypervisor/compatible") switch
        {
            null when machine.Root.Exists($"{Directory}/ibm,partition-name") && machine.Root.Exists($"{Directory}/hmc-managed?")
                && !machine.Root.Exists($"{Directory}/chosen/qemu,graphic-width") => "powervm",
            null when machine.List(Directory).Any(name => name.Contains("fw-cfg", StringComparison.Ordinal))
                || machine.Line($"{Directory}/compatible")?.Contains("qemu,pseries", StringComparison.Ordinal) == true => "qemu",
            null => null,
            "linux,kvm" => "kvm",
            var name when name.Contains("xen", StringComparison.Ordinal) => "xen",
            var name when name.Contains("vmware", StringComparison.Ordinal) => "vmware",
            _ => "vm-other",
        };
    }
}
