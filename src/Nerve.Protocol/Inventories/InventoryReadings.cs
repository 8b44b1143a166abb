namespace Nerve.Protocol.Inventories;

/// <summary>What moves by itself on a machine that stays as it is: counters, temperatures, space, clocks, and the interfaces of containers. It is
/// part of every inventory and no reason to send one, for that is what metrics are for.</summary>
public static class InventoryReadings
{
    /// <summary>The inventory without its readings: two of these differ only where the machine changed.</summary>
    public static Inventory WithoutReadings(this Inventory inventory) => inventory with
    {
        CollectedAt = default,
        // The kernel counts it back from its clock, which is corrected all the time; the boot id tells of a restart.
        Host = inventory.Host with { BootedAt = null },
        Memory = WithoutReadings(inventory.Memory),
        Gpus = [.. inventory.Gpus.Select(gpu => gpu.WithoutReadings())],
        Disks = [.. inventory.Disks.Select(disk => disk with { Smart = disk.Smart?.WithoutReadings() })],
        Filesystems = [.. inventory.Filesystems.Select(WithoutReadings)],
        Network = WithoutReadings(inventory.Network),
        Infiniband = [.. inventory.Infiniband.Select(port => port with { Errors = new SortedDictionary<string, long>() })],
    };

    private static MemoryInfo WithoutReadings(MemoryInfo memory) => memory with
    {
        Hugepages = [.. memory.Hugepages.Select(pool => pool with { Free = 0 })],
        Ecc = memory.Ecc is null ? null : memory.Ecc with
        {
            CorrectedErrors = null,
            UncorrectedErrors = null,
            Controllers = [.. memory.Ecc.Controllers.Select(WithoutReadings)],
        },
    };

    private static EccControllerInfo WithoutReadings(EccControllerInfo controller) => controller with
    {
        CorrectedErrors = null,
        UncorrectedErrors = null,
        Dimms = controller.Dimms is null ? null : [.. controller.Dimms.Select(dimm => dimm with { CorrectedErrors = null, UncorrectedErrors = null })],
    };

    // What lies on no device of its own (ZFS, NFS, Ceph) is as large as the free space beside it.
    private static FilesystemInfo WithoutReadings(FilesystemInfo filesystem) =>
        filesystem.Device.StartsWith("/dev/", StringComparison.Ordinal) ? filesystem : filesystem with { SizeBytes = null };

    // Each container brings a veth and takes it away.
    private static IReadOnlyList<NetworkInterfaceInfo> WithoutReadings(IReadOnlyList<NetworkInterfaceInfo> network)
    {
        var passing = network.Where(card => card.Type == "veth").Select(card => card.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. network.Where(card => !passing.Contains(card.Name)).Select(card => card with
            {
                Lower = [.. card.Lower.Where(name => !passing.Contains(name))],
                Bond = card.Bond?.WithoutCounters(),
            }),
        ];
    }
}
