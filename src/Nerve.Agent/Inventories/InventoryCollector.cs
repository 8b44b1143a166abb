using Nerve.Agent.Disks;
using Nerve.Agent.Gpu;
using Nerve.Agent.Linux;
using Nerve.Agent.Policies;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Collects what is known of a machine. A part that cannot be read becomes an entry in
/// <see cref="Inventory.Problems"/> and leaves the others alone. What hangs is as it was last seen.</summary>
internal sealed class InventoryCollector(
    HostRoot root, TimeProvider time, string agentVersion, ProbeSet? probes = null, TimeSpan? limit = null, PolicyFile? policy = null)
{
    // Several probes may use up their deadlines, and a sick driver has several files.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly PatientRunner _runner = new(root, limit ?? s_limit, new FileMemory());
    private readonly FilesystemSpaces _space = new(probes?.Space);
    private Inventory? _last;

    // A further fact is one more file and one more row.
    private static readonly Section[] s_sections =
    [
        new("/proc/sys/kernel", (inventory, machine) => inventory with { Host = KernelFacts.Add(inventory.Host, machine) }),
        new("/etc/os-release", (inventory, machine) => inventory with { Host = inventory.Host with { Os = OsFacts.Collect(machine) } }),
        new("/etc/localtime", (inventory, machine) => inventory with { Host = inventory.Host with { TimeZone = TimeZoneFacts.Collect(machine) } }),
        new("/sys/class/dmi/id", (inventory, machine) => inventory with { Host = DmiFacts.Add(inventory.Host, machine) }),
        new("/sys/class/ipmi", (inventory, machine) => inventory with { Host = inventory.Host with { Bmc = BmcFacts.Collect(machine) } }),
        new("clock", (inventory, machine) => inventory with { Host = inventory.Host with { TimeSync = TimeSyncFacts.Collect(machine) } }),
        new("/proc/cpuinfo", (inventory, machine) => inventory with { Cpu = CpuFacts.Collect(machine) }),
        new("architecture", (inventory, machine) => inventory with { Host = inventory.Host with { Arch = ArchitectureFacts.Collect(machine) } }),
        new("virtualization", (inventory, machine) => inventory with { Host = inventory.Host with { Virtualization = VirtualizationFacts.Collect(machine) } }),
        new("/proc/meminfo", (inventory, machine) => inventory with { Memory = MemoryFacts.Collect(machine) }),
        new("/sys/bus/pci/devices", (inventory, machine) => inventory with { Gpus = GpuFacts.Collect(machine) }),
        new("/sys/block", (inventory, machine) => inventory with { Disks = DiskHealth.Add(machine, DiskFacts.Collect(machine)) }),
        new("/proc/mdstat", (inventory, machine) => inventory with { Raids = RaidFacts.Collect(machine) }),
        new("device mapper", (inventory, machine) => inventory with { Volumes = VolumeFacts.Collect(machine) }),
        new("/sys/class/scsi_host", (inventory, machine) => inventory with { StorageControllers = StorageControllers.Collect(machine) }),
        new("/proc/self/mountinfo", (inventory, machine) => inventory with { Filesystems = FilesystemFacts.Collect(machine) }),
        new("/sys/class/net", (inventory, machine) => inventory with { Network = NetworkFacts.Collect(machine) }),
        new("/sys/class/infiniband", (inventory, machine) => inventory with { Infiniband = InfinibandFacts.Collect(machine) }),
    ];

    /// <exception cref="TimeoutException">So much hangs that nothing is known; an empty inventory would say that the machine has lost its parts.</exception>
    public Inventory Collect()
    {
        var inventory = new Inventory { CollectedAt = time.GetUtcNow(), AgentVersion = agentVersion };
        try
        {
            _last = inventory = _runner.Run(files => Collect(inventory, new Machine(files, _space, probes)));
        }
        catch (TimeoutException e) when (_last is { } last)
        {
            return last with { Problems = [new CollectionProblem("files", $"{e.Message} The inventory is as it was last seen.")] };
        }

        return inventory with { Problems = [.. _runner.Stuck.Select(Hanging), .. probes?.Problems ?? [], .. PolicyProblem(), .. inventory.Problems] };
    }

    private CollectionProblem[] PolicyProblem() => policy?.Read().Errors is { Count: > 0 } errors
        ? [new CollectionProblem(policy.Path, $"The host's policy cannot be used, so every task is refused: {string.Join("; ", errors)}")]
        : [];

    private static CollectionProblem Hanging(string file) => new(
        file, "It hangs: its driver does not answer. What it said before still stands here, if it ever said anything. Look for the driver in the kernel log.");

    private static Inventory Collect(Inventory inventory, Machine machine)
    {
        foreach (var section in s_sections)
        {
            inventory = Add(section, inventory, machine);
        }

        return inventory with { Problems = machine.Problems };
    }

    private static Inventory Add(Section section, Inventory inventory, Machine machine)
    {
        try
        {
            return section.Add(inventory, machine);
        }
#pragma warning disable CA1031 // Whatever a strange machine does to one section, the other sections are still wanted.
        catch (Exception e)
#pragma warning restore CA1031
        {
            machine.Report(section.Source, $"Could not be read: {e.Message}");
            return inventory;
        }
    }

    private sealed record Section(string Source, Func<Inventory, Machine, Inventory> Add);
}
