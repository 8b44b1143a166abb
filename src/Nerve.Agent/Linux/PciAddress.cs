namespace Nerve.Agent.Linux;

/// <summary>PCI addresses such as <c>0000:3b:00.0</c>; the domain may be longer behind a VMD or a hypervisor.</summary>
internal static class PciAddress
{
    /// <summary>The address of the PCI function that a device in <c>/sys/devices</c> hangs off: the last in its path.</summary>
    public static string? OfDevice(string? path) => path?.Split('/').LastOrDefault(IsAddress);

    public static bool IsAddress(string text)
    {
        var parts = text.Split(':', '.');
        return parts is [{ Length: >= 4 and <= 8 }, { Length: 2 }, { Length: 2 }, { Length: 1 }]
            && text[^2] == '.'
            && parts.All(part => part.All(char.IsAsciiHexDigit));
    }
}
