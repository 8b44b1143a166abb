using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Inventories;

public class VirtualizationFactsTests
{
    private const string Guest = "processor\t: 0\nmodel name\t: CPU\nflags\t\t: fpu lm hypervisor\n";
    private const string Hardware = "processor\t: 0\nmodel name\t: CPU\nflags\t\t: fpu lm\n";

    [Theory]
    [InlineData("sys_vendor", "QEMU", "qemu")]
    [InlineData("product_name", "KVM Virtual Machine", "kvm")]
    [InlineData("product_name", "OpenStack Compute", "kvm")]
    [InlineData("sys_vendor", "VMware, Inc.", "vmware")]
    [InlineData("bios_vendor", "innotek GmbH", "oracle")]
    [InlineData("sys_vendor", "Amazon EC2", "amazon")]
    [InlineData("product_name", "Google Compute Engine", "google")]
    [InlineData("sys_vendor", "Somebody", "vm-other")]
    public void Collect_GuestFirmware_NamesTheHypervisor(string file, string text, string expected)
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write($"/sys/class/dmi/id/{file}", text);

        Assert.Equal(expected, Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Fact]
    public void Collect_HardwareWithoutHypervisor_IsNone()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Hardware).Write("/sys/class/dmi/id/sys_vendor", "Dell Inc.");

        Assert.Equal("none", Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Fact]
    public void Collect_Container_CountsBeforeTheMachineAroundIt()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write("/sys/class/dmi/id/sys_vendor", "QEMU").Write("/.dockerenv", "");

        Assert.Equal("docker", Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Fact]
    public void Collect_WindowsSubsystem_IsWsl()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write("/proc/sys/kernel/osrelease", "5.15.153.1-microsoft-standard-WSL2\n");

        Assert.Equal("wsl", Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Theory]
    [InlineData("/proc/xen/capabilities", "", "xen")]
    [InlineData("/proc/xen/capabilities", "control_d\n", "none")]
    [InlineData("/sys/hypervisor/type", "xen\n", "xen")]
    [InlineData("/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc kvm-clock acpi_pm\n", "kvm")]
    [InlineData("/sys/devices/system/clocksource/clocksource0/available_clocksource", "hyperv_clocksource_tsc_page acpi_pm\n", "microsoft")]
    [InlineData("/run/systemd/container", "systemd-nspawn\n", "systemd-nspawn")]
    [InlineData("/run/systemd/container", "garden\n", "container-other")]
    [InlineData("/run/.containerenv", "engine=\"podman\"\n", "podman")]
    public void Collect_Guest_IsKnownByItsFiles(string path, string text, string expected)
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write(path, text);

        Assert.Equal(expected, Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Fact]
    public void Collect_HyperVFirmware_IsMicrosoft()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n").Write("/sys/class/dmi/id/product_name", "Virtual Machine\n");

        Assert.Equal("microsoft", Machines.Collect(tree.Root).Host.Virtualization);
    }

    // "Hypervisor vendor" of lscpu's output for the same machine.
    [Theory]
    [InlineData("util-linux-lscpu/vbox-win", "oracle")]
    [InlineData("util-linux-lscpu/ppc64-POWER7-64cpu", "powervm")]
    [InlineData("util-linux-lscpu/s390-nested-virt", "kvm")]
    [InlineData("util-linux-lscpu/s390-kvm", "kvm")]
    [InlineData("util-linux-lscpu/s390-lpar", "none")]
    [InlineData("util-linux-lscpu/x86_64-dell_e4310", "none")]
    [InlineData("util-linux-lscpu/armv7", null)]
    public void Collect_CapturedMachine_IsNoneOnlyWhenKnown(string name, string? expected) =>
        Assert.Equal(expected, Machines.Collect(Fixtures.Tree(name)).Host.Virtualization);

    [Theory]
    [InlineData("KVMKVMKVM", "kvm")]
    [InlineData("Microsoft Hv", "microsoft")]
    [InlineData("Nobody knows", null)]
    public void NameOf_Signature_IsAsSystemdNamesIt(string signature, string? expected) => Assert.Equal(expected, Hypervisor.NameOf(signature));
}
