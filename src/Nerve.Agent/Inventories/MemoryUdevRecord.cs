using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The memory modules as udev took them down at boot (<c>dmi_memory_id</c> of systemd, since version 248): for
/// an agent that may not read the SMBIOS table itself.</summary>
internal sealed class MemoryUdevRecord(UdevRecord record)
{
    private const int MaxDevices = 4096;

    public static MemoryUdevRecord Of(Machine machine) => new(UdevRecord.OfFile(machine, "/run/udev/data/+dmi:id"));

    public string? ErrorCorrection => record.Value("MEMORY_ARRAY_EC_TYPE") is { } type && type is not ("Unknown" or "Other" or "<OUT OF SPEC>") ? type : null;

    public IReadOnlyList<MemoryModuleInfo> Modules()
    {
        var count = Number.Int(record.Value("MEMORY_ARRAY_NUM_DEVICES")) ?? 0;
        var modules = new List<MemoryModuleInfo>();
        for (var device = 0; device < Math.Min(count, MaxDevices); device++)
        {
            modules.Add(Module($"MEMORY_DEVICE_{device}_"));
        }

        return modules;
    }

    private MemoryModuleInfo Module(string prefix)
    {
        string? Text(string name) => DmiText.Clean(record.Value(prefix + name));
        int? Count(string name) => Number.Int(record.Value(prefix + name)) is > 0 and var number ? number : null;
        long? Bytes(string name) => Number.Long(record.Value(prefix + name)) is > 0 and var number ? number : null;
        return new MemoryModuleInfo
        {
            Locator = Text("LOCATOR"),
            Bank = Text("BANK_LOCATOR"),
            SizeBytes = record.Value(prefix + "PRESENT") == "0" ? null : Bytes("SIZE"),
            Type = Text("TYPE"),
            TypeDetail = Text("TYPE_DETAIL"),
            Technology = Text("MEMORY_TECHNOLOGY"),
            FormFactor = Text("FORM_FACTOR"),
            SpeedMts = Count("SPEED_MTS"),
            ConfiguredMts = Count("CONFIGURED_SPEED_MTS"),
            ConfiguredVolts = Number.Double(record.Value(prefix + "CONFIGURED_VOLTAGE")) is > 0 and var volts ? volts : null,
            Manufacturer = Text("MANUFACTURER"),
            PartNumber = Text("PART_NUMBER"),
            Serial = Text("SERIAL_NUMBER"),
            AssetTag = Text("ASSET_TAG"),
            Firmware = Text("FIRMWARE_VERSION"),
            Rank = Count("RANK"),
            DataWidth = Count("DATA_WIDTH"),
            TotalWidth = Count("TOTAL_WIDTH"),
            VolatileBytes = Bytes("VOLATILE_SIZE"),
            NonVolatileBytes = Bytes("NON_VOLATILE_SIZE"),
        };
    }
}
