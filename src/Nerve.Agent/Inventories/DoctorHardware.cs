using Nerve.Agent.Ipmi;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What the doctor says of the machine's own parts: each missing thing with the one setting that would give it.</summary>
internal static class DoctorHardware
{
    private const string Reader = "Run the agent as root, or give it CAP_DAC_READ_SEARCH (AmbientCapabilities= in its unit).";

    public static IEnumerable<DoctorCheck> Examine(HostRoot root) => [Modules(root), Errors(root), Controller(root), Power(root), Clock(root)];

    private static DoctorCheck Modules(HostRoot root)
    {
        const string Name = "memory modules";
        const string Table = "/sys/firmware/dmi/tables/DMI";
        return Readable(root, Table) switch
        {
            true => new(Name, DoctorVerdict.Ok, $"{Table} is readable."),
            null => new(Name, DoctorVerdict.Absent, "The firmware has no SMBIOS table, as in containers and on small Arm boards."),
            false when root.Exists("/run/udev/data/+dmi:id") => new(Name, DoctorVerdict.Ok, $"{Table} may not be read; taken from udev's record of the last boot."),
            false => new(Name, DoctorVerdict.Missing, $"{Table} may not be read.", $"Modules and error correction stay unknown. {Reader}"),
        };
    }

    private static DoctorCheck Errors(HostRoot root)
    {
        const string Name = "memory errors";
        var controllers = root.List("/sys/devices/system/edac/mc").Count(name => EdacFacts.Numbered(name, "mc"));
        return controllers > 0
            ? new(Name, DoctorVerdict.Ok, $"The kernel counts them for {controllers} memory controller(s).")
            : new(Name, DoctorVerdict.Absent, "No EDAC driver has found a memory controller: a virtual machine, memory without error correction, or a driver that is not loaded.");
    }

    private static DoctorCheck Controller(HostRoot root)
    {
        const string Name = "BMC";
        var machine = new Machine(root, new Probes.FilesystemSpaces(null));
        return BmcFacts.Collect(machine) switch
        {
            null => new(Name, DoctorVerdict.Absent, "The firmware knows of no management controller."),
            { Firmware: null } => new(Name, DoctorVerdict.Missing, "The firmware knows of a management controller, and no driver does.",
                "Its firmware version stays unknown. Load the driver: modprobe ipmi_si (ipmi_ssif on Arm)."),
            { Firmware: var firmware } when root.IsLive && IpmiDevice.Find(root) is null => new(Name, DoctorVerdict.Missing, $"Firmware {firmware}, and no /dev/ipmi0.",
                "Its address stays unknown. Load the driver: modprobe ipmi_devintf."),
            { Firmware: var firmware } when root.IsLive && !Environment.IsPrivilegedProcess => new(Name, DoctorVerdict.Missing, $"Firmware {firmware}; it answers root only.",
                "Its address stays unknown. Run the agent as root."),
            { Firmware: var firmware } => new(Name, DoctorVerdict.Ok, $"Firmware {firmware}."),
        };
    }

    private static DoctorCheck Power(HostRoot root)
    {
        const string Name = "processor power";
        var zones = root.List("/sys/class/powercap").Where(name => name.StartsWith("intel-rapl:", StringComparison.Ordinal)).ToList();
        return zones.Count == 0
            ? new(Name, DoctorVerdict.Absent, "The kernel has no energy counters for this processor, as in virtual machines.")
            : Readable(root, $"/sys/class/powercap/{zones[0]}/energy_uj") == true
                ? new(Name, DoctorVerdict.Ok, $"{zones.Count} energy counter(s) are readable.")
                : new(Name, DoctorVerdict.Missing, "The energy counters may not be read.", $"cpu.power_watts stays empty. {Reader}");
    }

    private static DoctorCheck Clock(HostRoot root) => (root.IsLive ? KernelClock.Read() : null) switch
    {
        null => new("clock", DoctorVerdict.Absent, "Only the running kernel says how right its clock is."),
        { Synchronized: true } clock => new("clock", DoctorVerdict.Ok, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Kept right to {clock.MaximumErrorMilliseconds:0} ms.")),
        _ => new("clock", DoctorVerdict.Missing, "No time service keeps the clock right.",
            "Times in metrics and logs drift apart from other machines'. Install or start chrony or systemd-timesyncd; a container or virtual machine may be kept right from outside."),
    };

    private static bool? Readable(HostRoot root, string path)
    {
        if (!root.Exists(path))
        {
            return null;
        }

        try
        {
            return root.ReadBytes(path) is not null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }
}
