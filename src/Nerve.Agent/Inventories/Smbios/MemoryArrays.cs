namespace Nerve.Agent.Inventories.Smbios;

/// <summary>What the memory slots belong to: SMBIOS type 16, "Physical Memory Array" (DSP0134 §7.17).</summary>
internal static class MemoryArrays
{
    private const byte Type = 16;
    private const byte SystemMemory = 3;

    /// <summary>Whether a device's array holds the system's memory, rather than firmware or video memory.</summary>
    public static bool IsSystemMemory(SmbiosTable table, ushort? handle) =>
        table.WithHandle(Type, handle)?.Byte(0x05) is not { } use || use is SystemMemory or 1 or 2;

    /// <summary>The error correction that the boards' arrays have, such as <c>Multi-bit ECC</c>: the best of several.</summary>
    public static string? ErrorCorrection(SmbiosTable table) => table.OfType(Type)
        .Where(array => array.Byte(0x05) == SystemMemory)
        .Select(array => array.Byte(0x06))
        .OrderByDescending(code => code is >= 3 and <= 7 ? code : 0)
        .Select(MemoryNames.ErrorCorrection)
        .FirstOrDefault(name => name is not null);

    /// <summary>How much memory all arrays take at most, in bytes.</summary>
    public static long? MaximumBytes(SmbiosTable table)
    {
        long? sum = null;
        foreach (var array in table.OfType(Type).Where(array => array.Byte(0x05) == SystemMemory))
        {
            sum = Capacity(array) is { } bytes ? (sum ?? 0) + bytes : sum;
        }

        return sum;
    }

    // In kilobytes, or in bytes in the extended field.
    private static long? Capacity(SmbiosStructure array) => array.DoubleWord(0x07) switch
    {
        null or 0 => null,
        0x8000_0000 => array.QuadWord(0x0F) is > 0 and < 1UL << 56 and var bytes ? (long)bytes : null,
        var kilobytes => kilobytes * 1024L,
    };
}
