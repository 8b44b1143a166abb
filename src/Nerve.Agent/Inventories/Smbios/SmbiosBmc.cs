using System.Buffers.Binary;
using System.Net;

namespace Nerve.Agent.Inventories.Smbios;

/// <summary>What SMBIOS says of the management controller.</summary>
internal static class SmbiosBmc
{
    private static readonly string?[] s_interfaces = [null, "KCS", "SMIC", "BT", "SSIF"];

    /// <summary>The interface and the IPMI version: type 38, "IPMI Device Information" (DSP0134 §7.39); null when there is none.</summary>
    public static (string? Interface, string? IpmiVersion)? Ipmi(SmbiosTable table) => table.First(38) is { } device
        ? (device.Byte(0x04) is { } type && type < s_interfaces.Length ? s_interfaces[type] : null,
            device.Byte(0x05) is > 0 and var version ? $"{version >> 4}.{version & 0x0F}" : null)
        : null;

    /// <summary>Where the Redfish service answers the host: type 42, "Management Controller Host Interface" (§7.43), whose
    /// records are those of DSP0270 §8.4, "Redfish over IP".</summary>
    public static string? RedfishAddress(SmbiosTable table) =>
        table.OfType(42).Select(RedfishAddress).FirstOrDefault(address => address is not null);

    private static string? RedfishAddress(SmbiosStructure structure)
    {
        const byte RedfishOverIp = 4;
        // Interface type, length of its data, the data; then a count of records: type, length, data.
        var offset = 0x06 + (structure.Byte(0x05) ?? 0);
        var records = structure.Byte(offset++) ?? 0;
        for (var i = 0; i < records && structure.Byte(offset + 1) is { } length; i++, offset += 2 + length)
        {
            if (structure.Byte(offset) == RedfishOverIp && ServiceAddress(structure.Bytes(offset + 2, length)) is { } address)
            {
                return address;
            }
        }

        return null;
    }

    // UUID (16), the host's address: how assigned, format, address (16), mask (16); the service's in the same way, then its port.
    private static string? ServiceAddress(ReadOnlySpan<byte> record)
    {
        const int Format = 51, Address = 52, Port = 84;
        if (record.Length < Port + 2 || record[Format] is not (1 or 2))
        {
            return null;
        }

        var address = new IPAddress(record.Slice(Address, record[Format] == 1 ? 4 : 16));
        var port = BinaryPrimitives.ReadUInt16LittleEndian(record[Port..]);
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? null : port == 0 ? address.ToString() : new IPEndPoint(address, port).ToString();
    }
}
