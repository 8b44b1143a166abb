namespace Nerve.Protocol.Inventories;

public sealed record NetworkInterfaceInfo
{
    public string Name { get; init; } = "";

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
    public string? Master { get; init; }

    /// <summary>With prefix length: <c>10.0.0.2/24</c>.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

public sealed record InfinibandPortInfo
{
    public string Device { get; init; } = "";
    public int Port { get; init; }
    public string? LinkLayer { get; init; }
    public string? State { get; init; }
    public string? PhysicalState { get; init; }
    public double? RateGbps { get; init; }
    public string? Guid { get; init; }
    public string? Firmware { get; init; }
    public string? Board { get; init; }
}
