using System.Globalization;
using System.Text.Json;
using Nerve.Protocol.Inventories;
using static Nerve.Agent.Probes.ToolJson;

namespace Nerve.Agent.Disks;

/// <summary>What <c>smartctl --json</c> says that a disk is, for those that the kernel does not know.</summary>
internal static class SmartIdentity
{
    /// <returns>Null when the report names no disk: there is none at that place.</returns>
    public static DiskInfo? Parse(ReadOnlyMemory<byte> output) => Read(output, Describe);

    private static DiskInfo? Describe(JsonElement root)
    {
        var disk = new DiskInfo
        {
            Vendor = Text(At(root, "scsi_vendor")) ?? Text(At(root, "vendor")),
            Model = Text(At(root, "scsi_product")) ?? Text(At(root, "product")) ?? Text(At(root, "model_name")),
            Serial = Text(At(root, "serial_number")),
            Firmware = Text(At(root, "firmware_version")) ?? Text(At(root, "scsi_revision")) ?? Text(At(root, "revision")),
            Wwn = Wwn(At(root, "wwn")) ?? Text(At(root, "logical_unit_id")),
            Transport = Transport(Text(At(root, "device", "protocol"))),
            // Revolutions a minute.
            Rotational = Whole(At(root, "rotation_rate")) is { } rate ? rate > 0 : null,
            SizeBytes = Whole(At(root, "user_capacity", "bytes")) is > 0 and var size ? size : null,
            LogicalSectorBytes = SectorSize(At(root, "logical_block_size")),
            PhysicalSectorBytes = SectorSize(At(root, "physical_block_size")),
        };
        return disk.Model is null && disk.Serial is null ? null : disk;
    }

    private static int? SectorSize(JsonElement? bytes) => Whole(bytes) is > 0 and <= int.MaxValue and var size ? (int)size : null;

    private static string? Transport(string? protocol) => protocol switch { "ATA" => "sata", "SCSI" => "sas", "NVMe" => "nvme", _ => null };

    // A name of the IEEE in its three parts: kind, maker, the maker's number.
    private static string? Wwn(JsonElement? wwn) =>
        Whole(At(wwn, "naa")) is { } kind && Whole(At(wwn, "oui")) is { } maker && Whole(At(wwn, "id")) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"0x{kind:x}{maker:x6}{number:x9}")
            : null;
}
