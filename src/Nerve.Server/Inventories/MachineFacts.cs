using Nerve.Protocol.Inventories;

namespace Nerve.Server.Inventories;

/// <summary>The part of an inventory that lists show.</summary>
public sealed record MachineFacts(
    string? Os,
    string? Kernel,
    string? Arch,
    string? CpuModel,
    int? CpuThreads,
    long? MemoryBytes,
    string? GpuModel,
    int? GpuCount,
    IReadOnlyList<string> Addresses)
{
    public static MachineFacts None { get; } = new(null, null, null, null, null, null, null, null, []);

    public static MachineFacts Of(Inventory inventory) => new(
        OsTitle(inventory.Host.Os),
        inventory.Host.Kernel,
        inventory.Host.Arch,
        inventory.Cpu.Model,
        inventory.Cpu.Threads,
        inventory.Memory.TotalBytes,
        GpuModels(inventory),
        inventory.Gpus.Count,
        [.. inventory.Network.Where(IsReachable).SelectMany(nic => nic.Addresses).Where(IsGlobal).Take(16)]);

    /// <summary>Many systems have their version in their name already.</summary>
    private static string? OsTitle(OsInfo os) => os switch
    {
        { Name: null } => os.Id,
        { Version: { Length: > 0 } version } when !os.Name.Contains(version, StringComparison.Ordinal) => $"{os.Name} {version}",
        _ => os.Name,
    };

    private static string? GpuModels(Inventory inventory) => string.Join(", ", inventory.Gpus
        .Select(gpu => gpu.Model ?? gpu.Vendor).OfType<string>().Distinct()) is { Length: > 0 } models ? models : null;

    private static bool IsReachable(NetworkInterfaceInfo nic) => nic.Type is not ("loopback" or "veth");

    private static bool IsGlobal(string address) => !address.StartsWith("fe80:", StringComparison.OrdinalIgnoreCase);
}
