namespace Nerve.Protocol.Inventories;

public sealed record NetworkInterfaceInfo
{
    public string Name { get; set; } = "";

    /// <summary><c>ethernet</c>, <c>loopback</c>, <c>bond</c>, <c>bridge</c>, <c>vlan</c>, <c>infiniband</c>, <c>veth</c>, <c>tun</c>, <c>wifi</c>, …</summary>
    public string? Type { get; init; }

    public string? Mac { get; init; }
    public int? Mtu { get; init; }
    public long? SpeedMbps { get; init; }
    public string? Duplex { get; init; }

    /// <summary>The kernel's <c>operstate</c>.</summary>
    public string? State { get; init; }

    public string? Driver { get; init; }
    public string? PciAddress { get; init; }
    /// <summary>The card's firmware, where the driver says.</summary>
    public string? Firmware { get; init; }

    /// <summary>Vendor and device, such as <c>15b3:101d</c>.</summary>
    public string? PciId { get; init; }

    public int? NumaNode { get; init; }

    /// <summary>Whether there is a link; null while the interface is down.</summary>
    public bool? Carrier { get; init; }

    public string? Master { get; init; }

    /// <summary>The interfaces that a VLAN, bond, bridge or the like lies on.</summary>
    public IReadOnlyList<string> Lower { get; set; } = [];

    public int? VlanId { get; init; }
    public BondInfo? Bond { get; init; }

    /// <summary>Virtual functions in use and possible, of a card that can be shared (SR-IOV).</summary>
    public int? VirtualFunctions { get; init; }

    public int? MaxVirtualFunctions { get; init; }

    /// <summary>With prefix length: <c>10.0.0.2/24</c>.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];
}

public sealed record InfinibandPortInfo
{
    public string Device { get; set; } = "";
    public int Port { get; init; }
    public string? LinkLayer { get; init; }
    public string? State { get; init; }
    public string? PhysicalState { get; init; }
    public double? RateGbps { get; init; }
    /// <summary>The four or more lanes and their speed, such as <c>4X NDR</c>.</summary>
    public string? Speed { get; init; }

    /// <summary>Of the adapter.</summary>
    public string? Guid { get; init; }

    /// <summary>Of this port; the last half of its first GID.</summary>
    public string? PortGuid { get; init; }

    public string? SystemImageGuid { get; init; }
    public string? Firmware { get; init; }
    public string? Board { get; init; }

    /// <summary>The adapter's type, such as <c>MT4129</c>.</summary>
    public string? HcaType { get; init; }

    /// <summary>What an administrator or the host called it.</summary>
    public string? Description { get; init; }

    /// <summary>Local identifier, given by the subnet manager; null without one.</summary>
    public int? Lid { get; init; }

    /// <summary>The subnet manager's.</summary>
    public int? SubnetManagerLid { get; init; }

    public string? PciAddress { get; init; }
    public int? NumaNode { get; init; }

    /// <summary>The network interfaces of this port.</summary>
    public IReadOnlyList<string> Interfaces { get; set; } = [];

    /// <summary>Since the adapter was reset, by the names of <c>counters</c> in sysfs: <c>symbol_error</c>, <c>link_downed</c>, … They are part of
    /// an inventory and no reason to send one.</summary>
    public IReadOnlyDictionary<string, long> Errors { get; set; } = new SortedDictionary<string, long>();
}

/// <summary>Several interfaces as one, as the bonding driver tells of it.</summary>
/// <param name="Mode"><c>active-backup</c>, <c>802.3ad</c>, <c>balance-xor</c>, … as in <c>bonding.rst</c> of the kernel.</param>
/// <param name="MiiStatus"><c>up</c> or <c>down</c>.</param>
/// <param name="ActiveSlave">The one in use, for modes with one.</param>
/// <param name="HashPolicy">How traffic is shared out, such as <c>layer3+4</c>.</param>
/// <param name="LacpRate"><c>slow</c> or <c>fast</c>; 802.3ad only.</param>
/// <param name="AggregatorId">Of the aggregator in use; 802.3ad only. A slave with another one carries nothing.</param>
public sealed record BondInfo(
    string? Mode, string? MiiStatus, string? ActiveSlave, string? HashPolicy, string? LacpRate, int? AggregatorId, IReadOnlyList<BondSlaveInfo> Slaves)
{
    internal BondInfo WithoutCounters() => this with { Slaves = [.. Slaves.Select(slave => slave with { LinkFailures = null })] };
}

/// <param name="LinkFailures">Since it joined the bond.</param>
/// <param name="PermanentMac">Its own, for the bond gives all its slaves the same.</param>
public sealed record BondSlaveInfo(string Name, string? MiiStatus, long? LinkFailures, string? PermanentMac, int? AggregatorId);
