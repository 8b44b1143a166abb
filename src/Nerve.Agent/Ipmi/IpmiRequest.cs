namespace Nerve.Agent.Ipmi;

/// <summary>A question to the management controller (IPMI 2.0, chapters 20, 22 and 23).</summary>
/// <param name="NetworkFunction">Which group the command is of.</param>
internal sealed record IpmiRequest(byte NetworkFunction, byte Command, byte[] Data)
{
    private const byte Application = 0x06;
    private const byte Transport = 0x0C;

    public static IpmiRequest DeviceId { get; } = new(Application, 0x01, []);

    public static IpmiRequest ChannelInfo(byte channel) => new(Application, 0x42, [channel]);

    /// <summary>Get LAN Configuration Parameters: of the channel, the parameter, no set, no block.</summary>
    public static IpmiRequest Lan(byte channel, LanParameter parameter) => new(Transport, 0x02, [channel, (byte)parameter, 0, 0]);
}

/// <summary>Table 23-4 of IPMI 2.0.</summary>
internal enum LanParameter : byte
{
    Address = 3,
    AddressSource = 4,
    MacAddress = 5,
    SubnetMask = 6,
    Gateway = 12,
    VlanId = 20,
}
