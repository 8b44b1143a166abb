using System.Text.Json;
using Nerve.Protocol.Inventories;
using static Nerve.Agent.Probes.ToolJson;

namespace Nerve.Agent.Disks;

/// <summary>Reads what <c>smartctl --json</c> prints, of ATA, SCSI and NVMe disks and of all versions since 7.0.</summary>
internal static class SmartDocument
{
    // Bits of the exit status (smartctl(8)): the others tell of a failing disk, not of a failing question.
    private const int WrongUse = 1;
    private const int NotOpened = 2;

    /// <summary>The failure of a disk that was not woken: what it said before still holds.</summary>
    public const string Asleep = "The disk sleeps and is not woken, so its health is unknown until it is used.";

    // NVMe counts in thousands of 512 bytes.
    private const long DataUnit = 512_000;

    /// <param name="output">As printed.</param>
    /// <param name="failure">Why there is no health: one line from the tool, or about it.</param>
    /// <returns>Null when nothing could be learned.</returns>
    public static SmartInfo? Parse(ReadOnlyMemory<byte> output, out string? failure)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            return Parse(json.RootElement, out failure);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            failure = "smartctl printed no JSON; version 7.0 or later is needed.";
            return null;
        }
    }

    private static SmartInfo? Parse(JsonElement root, out string? failure)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            failure = "smartctl printed JSON that is no report.";
            return null;
        }

        if (At(root, "json_format_version") is { ValueKind: JsonValueKind.Array } version && version.GetArrayLength() > 0 && Whole(version[0]) is < 1)
        {
            failure = "smartctl's JSON is of a format from before version 1.0; install smartmontools 7.0 or later.";
            return null;
        }

        var exit = Whole(At(root, "smartctl", "exit_status")) ?? 0;
        if ((exit & (WrongUse | NotOpened)) != 0)
        {
            failure = Message(root) ?? "smartctl could not open the disk.";
            return null;
        }

        var health = Describe(root);
        failure = !health.Available && IsAsleep(root) ? Asleep : null;
        return failure is null ? health : null;
    }

    // "Device is in STANDBY mode, exit(0)", also "STANDBY BY COMMAND" of SCSI disks and "SLEEP"; later versions may say it as a value, too.
    private static bool IsAsleep(JsonElement root) =>
        Messages(root).Any(text => text.StartsWith("Device is in ", StringComparison.Ordinal) && IsAsleep(text))
        || (At(root, "power_mode") is { ValueKind: JsonValueKind.String or JsonValueKind.Object } mode && IsAsleep(mode.GetRawText()));

    private static bool IsAsleep(string text) =>
        text.Contains("STANDBY", StringComparison.OrdinalIgnoreCase) || text.Contains("SLEEP", StringComparison.OrdinalIgnoreCase);

    private static SmartInfo Describe(JsonElement root)
    {
        var nvme = At(root, "nvme_smart_health_information_log");
        var ata = new AtaAttributes(At(root, "ata_smart_attributes", "table"));
        var scsi = At(root, "scsi_error_counter_log");
        var passed = Flag(At(root, "smart_status", "passed"));
        if (passed is null && nvme is null && ata.IsEmpty && scsi is null)
        {
            return new SmartInfo { Available = false };
        }

        return new SmartInfo
        {
            Available = true,
            Passed = passed,
            TemperatureCelsius = Number(At(root, "temperature", "current")) ?? Number(At(nvme, "temperature")),
            PowerOnHours = Whole(At(root, "power_on_time", "hours")) ?? Whole(At(nvme, "power_on_hours")),
            PowerCycles = Whole(At(root, "power_cycle_count")) ?? Whole(At(nvme, "power_cycles")),
            PercentageUsed = Number(At(nvme, "percentage_used"))
                ?? Number(At(root, "endurance_used", "current_percent"))
                ?? Number(At(root, "scsi_percentage_used_endurance_indicator")),
            AvailableSparePercent = Number(At(nvme, "available_spare")),
            ReallocatedSectors = ata.Raw(AtaAttributes.Reallocated) ?? Whole(At(root, "scsi_grown_defect_list")),
            PendingSectors = ata.Raw(AtaAttributes.Pending),
            UncorrectableSectors = ata.Raw(AtaAttributes.Uncorrectable),
            MediaErrors = Whole(At(nvme, "media_errors")) ?? ScsiUncorrected(scsi) ?? ata.Raw(AtaAttributes.ReportedUncorrect),
            InterfaceErrors = ata.Raw(AtaAttributes.InterfaceCrc),
            CriticalWarning = (int?)Whole(At(nvme, "critical_warning")),
            BytesWritten = Bytes(At(nvme, "data_units_written")),
            BytesRead = Bytes(At(nvme, "data_units_read")),
        };
    }

    private static long? ScsiUncorrected(JsonElement? log)
    {
        long? sum = null;
        foreach (var kind in (ReadOnlySpan<string>)["read", "write", "verify"])
        {
            sum = Whole(At(log, kind, "total_uncorrected_errors")) is { } errors ? (sum ?? 0) + errors : sum;
        }

        return sum;
    }

    private static long? Bytes(JsonElement? units) => Whole(units) is >= 0 and <= long.MaxValue / DataUnit and var count ? count * DataUnit : null;

    private static string? Message(JsonElement root) => Messages(root).FirstOrDefault();

    private static IEnumerable<string> Messages(JsonElement root) => At(root, "smartctl", "messages") is { ValueKind: JsonValueKind.Array } messages
        ? messages.EnumerateArray().Select(message => At(message, "string") is { ValueKind: JsonValueKind.String } text ? text.GetString() : null).OfType<string>()
        : [];

    /// <summary>The table of an ATA disk.</summary>
    private readonly struct AtaAttributes(JsonElement? table)
    {
        public const int Reallocated = 5;
        public const int ReportedUncorrect = 187;
        public const int Pending = 197;
        public const int Uncorrectable = 198;
        public const int InterfaceCrc = 199;

        public bool IsEmpty => table is not { ValueKind: JsonValueKind.Array } rows || rows.GetArrayLength() == 0;

        /// <summary>The count as smartctl understands it. The raw value itself is six bytes of which makers pack several numbers, so its text comes
        /// first: <c>32 (Min/Max 24/38)</c> for 163210330144.</summary>
        public long? Raw(int id)
        {
            foreach (var row in IsEmpty ? default : table!.Value.EnumerateArray())
            {
                if (Whole(At(row, "id")) == id)
                {
                    var text = At(row, "raw", "string") is { ValueKind: JsonValueKind.String } words ? words.GetString()!.Split(' ', 'h', '+')[0] : null;
                    return Linux.Number.Long(text) ?? Whole(At(row, "raw", "value"));
                }
            }

            return null;
        }
    }
}
