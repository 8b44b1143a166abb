using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu;

/// <summary>A GPU or accelerator as the kernel sees it.</summary>
/// <param name="Address">Its PCI address; where none is known, its name among the kernel's graphics devices.</param>
/// <param name="Directory">Where sysfs shows the device.</param>
/// <param name="Card">Where sysfs shows it as a graphics device: <c>/sys/class/drm/card0</c>; null when no driver made it one.</param>
/// <param name="Vendor">PCI vendor number.</param>
/// <param name="Device">PCI device number.</param>
/// <param name="Driver">The kernel driver that holds it.</param>
internal sealed record GpuDevice(string Address, string Directory, string? Card, int? Vendor, int? Device, string? Driver)
{
    /// <summary><c>10de:2330</c>.</summary>
    public string? PciId => Vendor is { } vendor && Device is { } device ? $"{vendor:x4}:{device:x4}" : null;
}

/// <summary>Finds GPUs and accelerators: on the PCI bus by their class, and among the kernel's graphics devices.</summary>
internal static class GpuDevices
{
    private const string Bus = "/sys/bus/pci/devices";
    private const string Graphics = "/sys/class/drm";

    // PCI class codes: display controllers and processing accelerators.
    private const int Display = 0x03;
    private const int Accelerator = 0x12;

    public static IReadOnlyList<GpuDevice> Find(HostRoot root)
    {
        var cards = Cards(root);
        var onTheBus = root.List(Bus).Where(address => IsGpu(root, address))
            .Select(address => Describe(root, address, $"{Bus}/{address}", cards.Find(card => Same(card.Address, address))?.Card))
            .ToList();
        var others = cards.Where(card => GpuVendors.NameOf(card.Vendor) is not null && !onTheBus.Exists(device => Same(device.Address, card.Address)));
        return [.. onTheBus.Concat(others).OrderBy(device => device.Address, GpuOrder.ByAddress.Instance)];
    }

    // Display adapters of management controllers (ASPEED, Matrox) and of virtual machines are not what anyone computes on.
    private static bool IsGpu(HostRoot root, string address) => (Number.Hex(Line(root, $"{Bus}/{address}/class")) >> 16) switch
    {
        Display => GpuVendors.NameOf(Number.Hex(Line(root, $"{Bus}/{address}/vendor"))) is not null,
        Accelerator => true,
        _ => false,
    };

    // "card0"; its connectors are "card0-DP-1".
    private static List<GpuDevice> Cards(HostRoot root) =>
    [
        .. root.List(Graphics)
            .Where(name => name.StartsWith("card", StringComparison.Ordinal) && name.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0)
            .Where(name => root.IsDirectory($"{Graphics}/{name}/device"))
            .Select(name => Describe(root, AddressOf(root, $"{Graphics}/{name}/device") ?? name, $"{Graphics}/{name}/device", $"{Graphics}/{name}")),
    ];

    private static GpuDevice Describe(HostRoot root, string address, string directory, string? card)
    {
        // "1002:744C"
        var id = Event(root, directory, "PCI_ID")?.Split(':');
        return new GpuDevice(
            address,
            directory,
            card,
            Number.Hex(Line(root, $"{directory}/vendor")) ?? Number.Hex(id?[0]),
            Number.Hex(Line(root, $"{directory}/device")) ?? Number.Hex(id?.ElementAtOrDefault(1)),
            root.LinkName($"{directory}/driver") ?? Event(root, directory, "DRIVER"));
    }

    private static string? Event(HostRoot root, string directory, string key) => Text(root, $"{directory}/uevent")?.Split('\n')
        .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length + 1 && line[key.Length] == '=')?[(key.Length + 1)..].Trim();

    private static string? AddressOf(HostRoot root, string device) => Event(root, device, "PCI_SLOT_NAME") ?? PciAddress.OfDevice(root.Resolve(device));

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string? Line(HostRoot root, string path) => Text(root, path)?.Trim();

    private static string? Text(HostRoot root, string path)
    {
        try
        {
            return root.ReadText(path, limit: 64 * 1024);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }
}
