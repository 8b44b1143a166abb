using System.Globalization;
using System.Net;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Ipmi;

/// <summary>What the controller answers: a completion code, 0 for success, and what was asked for.</summary>
internal static class IpmiAnswer
{
    private const byte LanMedium = 4;

    /// <summary>It cannot answer now: busy, timeout, updating its firmware, or not yet started (table 5-2).</summary>
    public static bool IsForLater(byte[]? answer) => answer is [0xC0 or 0xC3 or 0xD1 or 0xD2, ..];

    /// <summary>Get Device ID: device, revision, firmware in two bytes, IPMI version, abilities, maker in three bytes, product in two (table 20-2).</summary>
    public static BmcInfo? DeviceId(byte[]? answer)
    {
        if (Data(answer, 11) is not { } data)
        {
            return null;
        }

        const byte MajorBits = 0x7F; // The highest says that it is being updated.
        return new BmcInfo(null, string.Create(CultureInfo.InvariantCulture, $"{data[2] & MajorBits}.{data[3]:x2}"))
        {
            IpmiVersion = $"{data[4] & 0x0F}.{data[4] >> 4}",
            Manufacturer = BmcMakers.NameOf(data[6] | (data[7] << 8) | ((data[8] & 0x0F) << 16)),
            Product = string.Create(CultureInfo.InvariantCulture, $"0x{data[9] | (data[10] << 8):x4}"),
        };
    }

    /// <summary>Get Channel Info: the channel, and what it runs over.</summary>
    public static bool IsLan(byte[]? answer) => Data(answer, 2) is { } data && (data[1] & 0x7F) == LanMedium;

    /// <summary>An IPv4 address; null for 0.0.0.0, which is none.</summary>
    public static string? Address(byte[]? answer) => Parameter(answer, 4) is { } bytes && IsSet(bytes) ? new IPAddress(bytes).ToString() : null;

    public static string? MacAddress(byte[]? answer) => Parameter(answer, 6) is { } bytes && IsSet(bytes)
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes[0]:x2}:{bytes[1]:x2}:{bytes[2]:x2}:{bytes[3]:x2}:{bytes[4]:x2}:{bytes[5]:x2}")
        : null;

    public static string? AddressSource(byte[]? answer) => Parameter(answer, 1) is { } bytes
        ? (bytes[0] & 0x0F) switch { 1 => "static", 2 => "dhcp", 3 => "bios", 4 => "other", _ => null }
        : null;

    /// <summary>Null when the channel has none: the highest bit says whether the number is in use.</summary>
    public static int? Vlan(byte[]? answer) => Parameter(answer, 2) is { } bytes && (bytes[1] & 0x80) != 0 ? bytes[0] | ((bytes[1] & 0x0F) << 8) : null;

    private static bool IsSet(byte[] value) => value.AsSpan().ContainsAnyExcept((byte)0);

    // Before a parameter stands its revision.
    private static byte[]? Parameter(byte[]? answer, int length) => Data(answer, 1 + length)?[1..(1 + length)];

    private static byte[]? Data(byte[]? answer, int length) => answer is [0, ..] && answer.Length > length ? answer[1..] : null;
}
