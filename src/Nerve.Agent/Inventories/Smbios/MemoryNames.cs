namespace Nerve.Agent.Inventories.Smbios;

/// <summary>The words for SMBIOS's numbers about memory, as <c>dmidecode(8)</c> writes them; null for "unknown".</summary>
internal static class MemoryNames
{
    private static readonly string?[] s_errorCorrection =
        [null, null, null, "None", "Parity", "Single-bit ECC", "Multi-bit ECC", "CRC"];

    private static readonly string?[] s_formFactors =
    [
        null, null, null, "SIMM", "SIP", "Chip", "DIP", "ZIP", "Proprietary Card", "DIMM", "TSOP", "Row Of Chips", "RIMM", "SODIMM", "SRIMM", "FB-DIMM",
        "Die", "CAMM",
    ];

    private static readonly string?[] s_types =
    [
        null, null, null, "DRAM", "EDRAM", "VRAM", "SRAM", "RAM", "ROM", "Flash", "EEPROM", "FEPROM", "EPROM", "CDRAM", "3DRAM", "SDRAM", "SGRAM", "RDRAM",
        "DDR", "DDR2", "DDR2 FB-DIMM", null, null, null, "DDR3", "FBD2", "DDR4", "LPDDR", "LPDDR2", "LPDDR3", "LPDDR4", "Logical non-volatile device",
        "HBM", "HBM2", "DDR5", "LPDDR5", "HBM3", "MRDIMM",
    ];

    private static readonly string?[] s_technologies =
        [null, null, null, "DRAM", "NVDIMM-N", "NVDIMM-F", "NVDIMM-P", "Intel Optane persistent memory", "MRDIMM"];

    private static readonly string?[] s_details =
    [
        null, null, null, "Fast-paged", "Static Column", "Pseudo-static", "RAMBus", "Synchronous", "CMOS", "EDO", "Window DRAM", "Cache DRAM", "Non-Volatile",
        "Registered (Buffered)", "Unbuffered (Unregistered)", "LRDIMM",
    ];

    /// <summary>§7.17.3.</summary>
    public static string? ErrorCorrection(byte? code) => Of(s_errorCorrection, code);

    /// <summary>§7.18.1.</summary>
    public static string? FormFactor(byte? code) => Of(s_formFactors, code);

    /// <summary>§7.18.2.</summary>
    public static string? Type(byte? code) => Of(s_types, code);

    /// <summary>§7.18.6.</summary>
    public static string? Technology(byte? code) => Of(s_technologies, code);

    /// <summary>§7.18.3, several at once: <c>Synchronous Registered (Buffered)</c>.</summary>
    public static string? Detail(ushort? bits)
    {
        var names = new List<string>();
        for (var bit = 0; bit < s_details.Length; bit++)
        {
            if ((bits >> bit & 1) == 1 && s_details[bit] is { } name)
            {
                names.Add(name);
            }
        }

        return names.Count > 0 ? string.Join(' ', names) : null;
    }

    private static string? Of(string?[] names, byte? code) => code is { } index && index < names.Length ? names[index] : null;
}
