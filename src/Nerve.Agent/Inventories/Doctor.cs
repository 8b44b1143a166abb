using Nerve.Agent.Disks;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Gpu;
using Nerve.Agent.Gpu.Nvml;
using Nerve.Agent.Linux;
using Nerve.Agent.Policies;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Inventories;

/// <summary>Finds out what the agent can and cannot read or do on this machine, and why.</summary>
internal static class Doctor
{
    // Each thing that hangs costs 2 s; who waits at a terminal wants to know of the first ones.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<DoctorCheck> Examine(HostRoot root, PolicyFile? policy = null)
    {
        var runner = new PatientRunner(root, s_limit);
        try
        {
            var checks = runner.Run(files => Look(files, policy ?? new PolicyFile(null)));
            return runner.Stuck.Count == 0 ? checks : [.. checks, Hanging($"No answer from {string.Join(", ", runner.Stuck)}.")];
        }
        catch (TimeoutException e)
        {
            return [Hanging(e.Message)];
        }
    }

    private static DoctorCheck Hanging(string finding) => new("files that hang", DoctorVerdict.Missing, finding,
        "What they would say stays unknown, and what is said of them above is not sure. Look for their driver in the kernel log; one that hangs mostly needs a reboot.");

    private static IReadOnlyList<DoctorCheck> Look(HostRoot root, PolicyFile policy) =>
    [
        Privileges(),
        Needed(root, "kernel figures", "/proc/stat", "No metrics and hardly any inventory. Mount /proc, or point --root at a tree that has it."),
        Needed(root, "memory figures", "/proc/meminfo", "Memory stays unknown. Mount /proc, or point --root at a tree that has it."),
        NeededDirectory(root, "device tree", "/sys/devices/system/cpu", "No disks, network cards or caches in the inventory. Mount /sys."),
        Serial(root),
        .. DoctorHardware.Examine(root),
        Pressure(root),
        ControlGroups(root),
        TaskPolicy(policy),
        Nvidia(root),
        ManagementLibrary(root),
        KernelLog(root),
        DiskHealth(root),
        RaidControllers(root),
        Optional(root, "InfiniBand", "/sys/class/infiniband", "No InfiniBand or RoCE adapter."),
        Optional(root, "software RAID", "/proc/mdstat", "The kernel has no software RAID loaded."),
        Mounts(root),
    ];

    private static DoctorCheck Privileges() => Environment.IsPrivilegedProcess
        ? new("privileges", DoctorVerdict.Ok, "Running as root.")
        : new("privileges", DoctorVerdict.Missing, $"Running as user {Environment.UserName}.",
            "Serial numbers and some device data stay unknown, and tasks cannot change user. Run the agent as root.");

    private static DoctorCheck Needed(HostRoot root, string name, string path, string advice) => Readable(root, path) switch
    {
        null => new(name, DoctorVerdict.Missing, $"{path} does not exist.", advice),
        false => new(name, DoctorVerdict.Missing, $"{path} may not be read.", "Run the agent as root."),
        true => new(name, DoctorVerdict.Ok, $"{path} is readable."),
    };

    private static DoctorCheck NeededDirectory(HostRoot root, string name, string path, string advice) => root.IsDirectory(path)
        ? new(name, DoctorVerdict.Ok, $"{path} is readable.")
        : new(name, DoctorVerdict.Missing, $"{path} does not exist.", advice);

    private static DoctorCheck Optional(HostRoot root, string name, string path, string absence) => root.Exists(path)
        ? new(name, DoctorVerdict.Ok, $"{path} is there.")
        : new(name, DoctorVerdict.Absent, absence);

    private static DoctorCheck Serial(HostRoot root)
    {
        const string Path = "/sys/class/dmi/id/product_serial";
        return Readable(root, Path) switch
        {
            null => new("serial numbers", DoctorVerdict.Absent, "The firmware has no DMI data, as in containers and on many Arm machines."),
            false => new("serial numbers", DoctorVerdict.Missing, $"{Path} may not be read.", "System and board serials stay unknown. Run the agent as root, or give it CAP_DAC_READ_SEARCH (AmbientCapabilities= in its unit)."),
            true => new("serial numbers", DoctorVerdict.Ok, $"{Path} is readable."),
        };
    }

    private static DoctorCheck Pressure(HostRoot root) => Readable(root, "/proc/pressure/cpu") == true
        ? new("pressure", DoctorVerdict.Ok, "/proc/pressure is readable.")
        : new("pressure", DoctorVerdict.Missing, "/proc/pressure cannot be read.",
            "pressure.* metrics stay empty. Use a kernel of 4.20 or later with CONFIG_PSI, and boot with psi=1 where it is off by default.");

    private static DoctorCheck ControlGroups(HostRoot root) =>
        root.Exists("/sys/fs/cgroup/cgroup.controllers")
            ? new("control groups", DoctorVerdict.Ok, "cgroup v2 is mounted.")
            : root.Exists("/sys/fs/cgroup/unified/cgroup.controllers")
            ? new("control groups", DoctorVerdict.Missing, "cgroup v2 is mounted, but its controllers belong to v1.",
                "The processes of a task are held together, but not to limits. Boot with systemd.unified_cgroup_hierarchy=1.")
            : new("control groups", DoctorVerdict.Missing, root.IsDirectory("/sys/fs/cgroup") ? "Only cgroup v1 is mounted." : "No cgroup hierarchy is mounted.",
                "Tasks run without resource limits. Boot with systemd.unified_cgroup_hierarchy=1.");

    private static DoctorCheck TaskPolicy(PolicyFile file) => file.Read() switch
    {
        { Errors: [var first, ..] } => new("task policy", DoctorVerdict.Missing, first, "Every task is refused until the policy is right: docs/tasks.md says what it may hold."),
        { Policy: null } => new("task policy", DoctorVerdict.Absent, $"There is no {file.Path}: a center may run anything here."),
        { Policy.ReadOnly: true } => new("task policy", DoctorVerdict.Ok, $"{file.Path} lets no task run here."),
        _ => new("task policy", DoctorVerdict.Ok, $"{file.Path} says what tasks may run here."),
    };

    private static DoctorCheck Nvidia(HostRoot root)
    {
        var devices = root.List("/sys/bus/pci/devices").Count(address =>
            Number.Hex(TryLine(root, $"/sys/bus/pci/devices/{address}/vendor")) == GpuVendors.Nvidia
            && (Number.Hex(TryLine(root, $"/sys/bus/pci/devices/{address}/class")) >> 16) == 0x03);
        var driver = root.Exists("/proc/driver/nvidia/version");
        return (devices, driver) switch
        {
            (_, true) => new("NVIDIA driver", DoctorVerdict.Ok, $"Loaded, {devices} GPU(s) on the PCI bus."),
            (0, false) => new("NVIDIA driver", DoctorVerdict.Absent, "No NVIDIA GPU on the PCI bus."),
            _ => new("NVIDIA driver", DoctorVerdict.Missing, $"{devices} NVIDIA GPU(s) on the PCI bus, and no driver is loaded.",
                "GPU models and metrics stay unknown. Install the NVIDIA driver, or load it: modprobe nvidia."),
        };
    }

    private static DoctorCheck ManagementLibrary(HostRoot root) =>
        !root.IsLive || !root.Exists("/proc/driver/nvidia/version") ? new("NVIDIA library", DoctorVerdict.Absent, "No NVIDIA driver to ask.")
        : NvmlLibrary.IsInstalled(root) ? new("NVIDIA library", DoctorVerdict.Ok, "libnvidia-ml.so.1 is installed.")
        : new("NVIDIA library", DoctorVerdict.Missing, "libnvidia-ml.so.1 is not installed.",
            "GPU metrics stay unknown. Install it from the driver's packages for computing (libnvidia-compute, nvidia-driver-cuda-libs).");

    // A device, so it can only be opened on the running machine.
    private static DoctorCheck KernelLog(HostRoot root)
    {
        if (!root.IsLive)
        {
            return new("kernel log", DoctorVerdict.Absent, "Only the running machine has one.");
        }

        return LibC.access("/dev/kmsg", LibC.R_OK) == 0
            ? new("kernel log", DoctorVerdict.Ok, "/dev/kmsg is readable.")
            : new("kernel log", DoctorVerdict.Missing, "/dev/kmsg may not be read.",
                "Xid errors of GPUs stay unknown. Run the agent as root, or give it the capability CAP_SYSLOG.");
    }

    private static DoctorCheck DiskHealth(HostRoot root) =>
        !root.IsLive ? new("disk health", DoctorVerdict.Absent, "Only the running machine's disks can be asked.")
        : SmartTool.Find(root) is not { } program ? new("disk health", DoctorVerdict.Missing, "smartctl is not installed.", SmartTool.Missing)
        : Environment.IsPrivilegedProcess ? new("disk health", DoctorVerdict.Ok, $"{program} is there.")
        : new("disk health", DoctorVerdict.Missing, $"{program} is there, but disks answer root only.",
            "The health of disks stays unknown. Run the agent as root, or give it the capabilities CAP_SYS_RAWIO and CAP_SYS_ADMIN.");

    private static DoctorCheck RaidControllers(HostRoot root) => (RaidDrivers.Find(root).FirstOrDefault(), RaidTool.Find(root)) switch
    {
        (null, _) => new("hardware RAID", DoctorVerdict.Absent, "No RAID controller of a driver that hides its disks."),
        (var host, null) => new("hardware RAID", DoctorVerdict.Missing, $"{host.Host} is one of {host.Driver}, and its maker's tool is not installed.",
            $"The state of arrays, cache and battery stays unknown. Install {(host.Driver is "hpsa" or "smartpqi" ? "ssacli" : "storcli or perccli")}."),
        (_, var program) => new("hardware RAID", DoctorVerdict.Ok, $"{program} is there."),
    };

    private static DoctorCheck Mounts(HostRoot root)
    {
        if (MountTable.Source(root) is not { } source || TryText(root, source) is not { } text)
        {
            return new("filesystems", DoctorVerdict.Missing, "There is no mount table to read.", "Filesystems stay unknown. Mount /proc.");
        }

        var mounts = MountTable.Parse(source, text);
        if (!root.IsLive)
        {
            return new("filesystems", DoctorVerdict.Ok, $"{mounts.Count} in {source}; their sizes are known on the running machine only.");
        }

        var probe = new SpaceProbe();
        probe.Measure(mounts);
        return probe.Stuck is { Count: > 0 } stuck
            ? new("filesystems", DoctorVerdict.Missing, $"No answer from {string.Join(", ", stuck)}.", "Their sizes stay unknown. Check their servers or disks.")
            : new("filesystems", DoctorVerdict.Ok, $"{mounts.Count} in {source}, all answer.");
    }

    private static bool? Readable(HostRoot root, string path)
    {
        if (!root.Exists(path))
        {
            return null;
        }

        return TryText(root, path) is not null;
    }

    private static string? TryLine(HostRoot root, string path) => TryText(root, path)?.Trim();

    private static string? TryText(HostRoot root, string path)
    {
        try
        {
            return root.ReadText(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }
}
