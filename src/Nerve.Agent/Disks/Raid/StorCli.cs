using System.Globalization;
using System.Text.Json;
using Nerve.Protocol.Inventories;
using static Nerve.Agent.Probes.ToolJson;

namespace Nerve.Agent.Disks.Raid;

/// <summary>Reads <c>storcli /call show all J</c>, and Dell's <c>perccli</c>, which is the same program.</summary>
internal static class StorCli
{
    public static readonly string[] Programs =
    [
        "/opt/MegaRAID/storcli/storcli64", "/opt/MegaRAID/perccli/perccli64",
        "/usr/sbin/storcli64", "/usr/sbin/storcli", "/usr/sbin/perccli64", "/usr/sbin/perccli", "/usr/local/sbin/storcli64", "/usr/local/sbin/storcli",
    ];

    // Without "nolog" it leaves a file where it was started.
    public static readonly string[] Arguments = ["/call", "show", "all", "J", "nolog"];

    /// <param name="names">What the kernel calls drives and disks.</param>
    /// <returns>Null when it is no report. A report of no controller is empty.</returns>
    public static RaidReport? Parse(ReadOnlyMemory<byte> output, KernelNames names) => Read(output, root => Describe(root, names));

    private static RaidReport? Describe(JsonElement root, KernelNames names)
    {
        if (At(root, "Controllers") is not { ValueKind: JsonValueKind.Array } list)
        {
            return null;
        }

        var controllers = new List<StorageControllerInfo>();
        var raids = new List<RaidInfo>();
        var temperatures = new List<double?>();
        foreach (var part in list.EnumerateArray())
        {
            if (At(part, "Response Data") is { } data && Address(Either(data, "PCI Address", "Basics")) is { } address)
            {
                controllers.Add(Controller(data, address, names));
                temperatures.Add(Temperature(data));
                var number = Text(At(part, "Command Status", "Controller"));
                raids.AddRange(Each(At(data, "VD LIST"), drive => Raid(data, drive, number, address, names)));
            }
        }

        return new RaidReport(controllers, raids, temperatures);
    }

    private static StorageControllerInfo Controller(JsonElement data, string address, KernelNames names)
    {
        var battery = First(At(data, "BBU_Info")) ?? First(At(data, "Cachevault_Info"));
        return new StorageControllerInfo(
            names.HostAt(address) ?? "",
            Text(Either(data, "Driver Name", "Version")),
            Text(At(data, "Basics", "Model")) ?? Text(At(data, "Product Name")),
            Text(At(data, "Version", "Firmware Version")) ?? Text(At(data, "FW Version")),
            address)
        {
            Serial = Text(Either(data, "Serial Number", "Basics")),
            State = Text(At(data, "Status", "Controller Status")),
            CacheBytes = Megabytes(Text(At(data, "HwCfg", "On Board Memory Size"))),
            BatteryModel = Text(At(battery, "Model")),
            BatteryState = Text(At(battery, "State")),
        };
    }

    private static RaidInfo Raid(JsonElement data, JsonElement drive, string? controller, string address, KernelNames names)
    {
        // "0/0": the group of disks, and the drive on it.
        var (group, number) = Text(At(drive, "DG/VD"))?.Split('/') is [var first, var second] ? (first, second) : (null, null);
        var members = Each(At(data, "TOPOLOGY"), row => Text(At(row, "Type")) == "DRIVE" && Text(At(row, "DG")) == group ? Member(row, address, names) : null);
        var disks = members.FindAll(member => member.Slot is not null);
        return new RaidInfo(
            names.DriveAt(address, Linux.Number.Int(number)) ?? $"c{controller}/v{number}",
            Text(At(drive, "TYPE"))?.ToLowerInvariant(),
            Text(At(drive, "State")) switch { "Optl" => "active", "Dgrd" or "Pdgd" => "degraded", "OfLn" => "inactive", "Rec" => "recovery", var other => other?.ToLowerInvariant() },
            disks.Count > 0 ? disks.Count : null,
            disks.Count > 0 ? disks.Count(member => member.State == "active") : null)
        {
            Kind = "hardware",
            Controller = Text(Either(data, "Driver Name", "Version")),
            Label = Text(At(drive, "Name")),
            WriteCache = WriteCache(Text(At(drive, "Cache"))),
            ReadOnly = Text(At(drive, "Access")) == "RO",
            Members = members,
        };
    }

    // A spare of the group is in no array, and so in no row of one.
    private static RaidMemberInfo Member(JsonElement row, string address, KernelNames names)
    {
        var location = Text(At(row, "EID:Slot")) is { } place && place.Any(char.IsAsciiDigit) ? place : null;
        var slot = Text(At(row, "Arr")) == "-" ? null : Linux.Number.Int(Text(At(row, "Row")));
        var number = Linux.Number.Int(Text(At(row, "DID")));
        return new RaidMemberInfo(names.MemberAt(address, number) ?? location ?? $"row {slot?.ToString(CultureInfo.InvariantCulture) ?? "-"}", slot, MemberState(Text(At(row, "State"))))
        {
            Location = location,
        };
    }

    private static string MemberState(string? state) => state switch
    {
        "Onln" => "active",
        "Offln" => "offline",
        "Failed" or "UBad" => "faulty",
        "Rbld" => "rebuilding",
        "Msng" => "missing",
        "DHS" or "GHS" => "spare",
        _ => state?.ToLowerInvariant() ?? "unknown",
    };

    // "RWBD", "NRWTD", "RAWBC": how it reads, how it writes, and whether through the page cache.
    private static string? WriteCache(string? policy) => policy switch
    {
        null => null,
        _ when policy.Contains("WB", StringComparison.Ordinal) => "writeBack",
        _ when policy.Contains("WT", StringComparison.Ordinal) => "writeThrough",
        _ => null,
    };

    // Spelt "Celcius" in some releases.
    private static double? Temperature(JsonElement data) => Number(At(data, "HwCfg", "ROC temperature(Degree Celsius)")) ?? Number(At(data, "HwCfg", "ROC temperature(Degree Celcius)"));

    private static JsonElement? Either(JsonElement data, string name, string section) => At(data, section, name) ?? At(data, name);

    // "00:3d:00:00": domain, bus, device, function.
    private static string? Address(JsonElement? value) => Text(value)?.Split(':') is [var domain, var bus, var device, var function]
        && Linux.Number.Hex(domain) is { } d && Linux.Number.Hex(bus) is { } b && Linux.Number.Hex(device) is { } n && Linux.Number.Hex(function) is { } f
            ? string.Create(CultureInfo.InvariantCulture, $"{d:x4}:{b:x2}:{n:x2}.{f:x}")
            : null;

    private static long? Megabytes(string? size) =>
        size?.EndsWith("MB", StringComparison.Ordinal) == true && Linux.Number.Long(size[..^2]) is >= 0 and < 1 << 20 and var megabytes ? megabytes << 20 : null;
}
