namespace Nerve.Agent.Inventories.Smbios;

/// <summary>SMBIOS's chassis types (DSP0134 §7.4.1), as <c>dmidecode(8)</c> writes them.</summary>
internal static class ChassisNames
{
    private static readonly string?[] s_names =
    [
        null, null, null, "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower", "Tower", "Portable", "Laptop", "Notebook", "Hand Held",
        "Docking Station", "All In One", "Sub Notebook", "Space-saving", "Lunch Box", "Main Server Chassis", "Expansion Chassis", "Sub Chassis",
        "Bus Expansion Chassis", "Peripheral Chassis", "RAID Chassis", "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA",
        "Blade", "Blade Enclosing", "Tablet", "Convertible", "Detachable", "IoT Gateway", "Embedded PC", "Mini PC", "Stick PC",
    ];

    /// <param name="code">The highest bit says whether it has a lock.</param>
    public static string? Of(int? code) => (code & 0x7F) is { } index && index < s_names.Length ? s_names[index] : null;
}
