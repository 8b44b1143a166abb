using System.Globalization;

namespace Nerve.Agent.Ipmi;

/// <summary>Makers of management controllers by their private enterprise numbers of IANA.</summary>
internal static class BmcMakers
{
    public static string? NameOf(int? number) => number switch
    {
        null => null,
        2 => "IBM",
        11 => "Hewlett-Packard",
        42 => "Sun Microsystems",
        343 => "Intel",
        674 => "Dell",
        2011 => "Huawei",
        5703 => "NVIDIA",
        7244 => "Quanta",
        10368 => "Fujitsu",
        10876 => "Supermicro",
        19046 => "Lenovo",
        20974 => "American Megatrends",
        25506 => "H3C",
        37945 => "Inspur",
        47196 => "Hewlett Packard Enterprise",
        // As the kernel writes it.
        var other => string.Create(CultureInfo.InvariantCulture, $"0x{other:x6}"),
    };
}
