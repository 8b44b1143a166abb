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
    [InlineData("/.dockerenv", "", "docker")]
    [InlineData("/proc/1/environ", "TERM=linux\0container=lxc\0PATH=/bin\0", "lxc")]
    [InlineData("/proc/1/environ", "container=podman\0", "podman")]
    [InlineData("/proc/1/environ", "container=garden\0", "container-other")]
    [InlineData("/proc/1/cgroup", "4:cpu:/docker/0c3e\n", "docker")]
    [InlineData("/proc/1/cgroup", "4:cpu:/lxc/web1\n", "lxc")]
    [InlineData("/proc/1/cgroup", "1:name=systemd:/machine.slice/libpod-9f1.scope\n", "podman")]
    [InlineData("/proc/1/cgroup", "1:name=systemd:/kubepods.slice/kubepods-burstable.slice/cri-containerd-1.scope\n", "container-other")]
    [InlineData("/proc/1/mountinfo", "734 600 0:55 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A:/var/lib/docker/overlay2/l/B\n", "docker")]
    [InlineData("/proc/1/mountinfo", "734 600 0:55 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/l/A\n", "podman")]
    [InlineData("/proc/1/mountinfo", "734 600 0:55 / / rw - overlay overlay rw,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs\n", "container-other")]
    // A host: its containers' roots are not its own.
    [InlineData("/proc/1/cgroup", "0::/init.scope\n", "vm-other")]
    [InlineData("/proc/1/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n34 22 0:55 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n", "vm-other")]
    public void Collect_Guest_IsKnownByItsFiles(string path, string text, string expected)
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write(path, text);

        Assert.Equal(expected, Machines.Collect(tree.Root).Host.Virtualization);
    }

    [Fact]
    public void Collect_ManagerOfAStandardOnly_IsKnownByWhatItLeaves()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Guest).Write("/proc/1/environ", "container=oci\0").Write("/run/.containerenv", "").Write("/.dockerenv", "");

        Assert.Equal("podman", Machines.Collect(tree.Root).Host.Virtualization);
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
