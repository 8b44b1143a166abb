using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories.Smbios;

/// <summary>The memory slots and what is in them: SMBIOS type 17, "Memory Device" (DSP0134 §7.18).</summary>
internal static class MemoryModules
{
    private const byte Type = 17;
    private const ushort UnknownWord = 0xFFFF;
    private const ushort SizeInExtendedField = 0x7FFF;
    private const ushort SizeInKilobytes = 0x8000;
    private const uint UsedBits = 0x7FFF_FFFF;

    public static IReadOnlyList<MemoryModuleInfo> Of(SmbiosTable table) =>
        [.. table.OfType(Type).Where(device => MemoryArrays.IsSystemMemory(table, device.Word(0x04))).Select(Describe)];

    private static MemoryModuleInfo Describe(SmbiosStructure device)
    {
        // What an empty slot says of its maker and serial is a placeholder, whatever it is.
        string? Text(int offset) => device.Word(0x0C) is null or 0 ? null : device.Text(offset);
        return new MemoryModuleInfo
        {
            Locator = device.Text(0x10),
            Bank = device.Text(0x11),
            SizeBytes = Size(device),
            Type = MemoryNames.Type(device.Byte(0x12)),
            TypeDetail = MemoryNames.Detail(device.Word(0x13)),
            Technology = MemoryNames.Technology(device.Byte(0x28)),
            FormFactor = MemoryNames.FormFactor(device.Byte(0x0E)),
            SpeedMts = Speed(device, 0x15, 0x54),
            ConfiguredMts = Speed(device, 0x20, 0x58),
            ConfiguredVolts = device.Word(0x26) is > 0 and var millivolts ? millivolts / 1000.0 : null,
            Manufacturer = Text(0x17),
            PartNumber = Text(0x1A),
            Serial = Text(0x18),
            AssetTag = Text(0x19),
            Firmware = Text(0x2B),
            Rank = device.Byte(0x1B) is { } attributes && (attributes & 0x0F) is > 0 and var rank ? rank : null,
            DataWidth = Width(device.Word(0x0A)),
            TotalWidth = Width(device.Word(0x08)),
            VolatileBytes = Portion(device.QuadWord(0x3C)),
            NonVolatileBytes = Portion(device.QuadWord(0x34)),
        };
    }

    // Zero is an empty slot, all ones a module of unknown size.
    private static long? Size(SmbiosStructure device) => device.Word(0x0C) switch
    {
        null or 0 or UnknownWord => null,
        SizeInExtendedField => (device.DoubleWord(0x1C) & UsedBits) is > 0 and var megabytes ? megabytes * 1024L * 1024 : null,
        var size when (size & SizeInKilobytes) != 0 => (size & ~SizeInKilobytes) * 1024L,
        var size => size * 1024L * 1024,
    };

    // In MT/s; faster than the word can say stands in a field of its own since version 3.3.
    private static int? Speed(SmbiosStructure device, int offset, int extendedOffset) => device.Word(offset) switch
    {
        null or 0 => null,
        UnknownWord => (device.DoubleWord(extendedOffset) & UsedBits) is > 0 and var speed ? (int)speed : null,
        var speed => speed,
    };

    private static int? Width(ushort? bits) => bits is 0 or UnknownWord ? null : bits;

    // Only non-volatile modules are divided.
    private static long? Portion(ulong? bytes) => bytes is > 0 and <= long.MaxValue ? (long)bytes : null;
}
