using System.Globalization;

namespace Nerve.Agent.Gpu;

/// <summary>An error that the NVIDIA driver wrote to the kernel log.</summary>
/// <param name="PciAddress">As sysfs writes it: <c>0000:05:00.0</c>.</param>
/// <param name="Xid">Its number in NVIDIA's list (docs.nvidia.com/deploy/xid-errors).</param>
/// <param name="IsImplied">The line has no number but says that the GPU has fallen off the bus, which is Xid 79.</param>
internal readonly record struct XidLine(string PciAddress, int Xid, bool IsImplied)
{
    private const int FallenOffTheBus = 79;

    /// <summary>From <c>NVRM: Xid (PCI:0000:05:00): 79, pid=…</c> or <c>NVRM: GPU 0000:29:00.0: GPU has fallen off the bus.</c></summary>
    public static XidLine? Parse(string line)
    {
        const string Driver = "NVRM: ";
        var at = line.IndexOf(Driver, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var text = line.AsSpan(at + Driver.Length);
        return text.StartsWith("Xid (") ? Numbered(text["Xid (".Length..]) : text.StartsWith("GPU ") ? Implied(text["GPU ".Length..]) : null;
    }

    private static XidLine? Numbered(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf("):");
        if (end < 0)
        {
            return null;
        }

        var device = text[..end];
        device = device.StartsWith("PCI:") ? device["PCI:".Length..] : device;
        // "PCI:0000:01:00 GPU-I:01 GPU-CI:02": of a card that is divided also the instance.
        device = device.IndexOf(' ') is >= 0 and var blank ? device[..blank] : device;
        var number = text[(end + 2)..].TrimStart();
        var length = number.IndexOfAnyExceptInRange('0', '9');
        number = length < 0 ? number : number[..length];
        return Address(device) is { } address && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var xid)
            ? new XidLine(address, xid, IsImplied: false)
            : null;
    }

    private static XidLine? Implied(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf(": GPU has fallen off the bus");
        return end > 0 && Address(text[..end]) is { } address ? new XidLine(address, FallenOffTheBus, IsImplied: true) : null;
    }

    // "0000:05:00", "0000:29:00.0", "18:00.0"
    private static string? Address(ReadOnlySpan<char> device)
    {
        var text = device.ToString().ToLowerInvariant();
        text = text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        text = text.Count(letter => letter == ':') == 1 ? "0000:" + text : text;
        return Linux.PciAddress.IsAddress(text) ? text : null;
    }
}
