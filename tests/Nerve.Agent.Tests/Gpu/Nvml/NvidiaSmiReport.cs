using System.Globalization;
using System.Text.Json.Nodes;

namespace Nerve.Agent.Tests.Gpu.Nvml;

/// <summary>One GPU of what <c>nvidia-smi -q</c> printed: values by path, such as <c>PCI/GPU Link Info/Link Width/Max</c>.</summary>
internal sealed class NvidiaSmiReport
{
    private const int Indent = 4;

    // In the order of nvmlClockType_t and nvmlEccCounterType_t.
    private static readonly string[] s_clocks = ["Graphics", "SM", "Memory", "Video"];
    private static readonly string[] s_counters = ["Volatile", "Aggregate"];

    // In the order of the bits of nvmlClocksEventReasons, from the second on.
    private static readonly (string Text, string Name)[] s_reasons =
    [
        ("Applications Clocks Setting", "app_clocks"), ("SW Power Cap", "sw_power_cap"), ("HW Slowdown", "hw_slowdown"), ("Sync Boost", "sync_boost"),
        ("SW Thermal Slowdown", "sw_thermal"), ("HW Slowdown/HW Thermal Slowdown", "hw_thermal"),
        ("HW Slowdown/HW Power Brake Slowdown", "hw_power_brake"), ("Display Clock Setting", "display_clocks"),
    ];

    private readonly List<(string Path, string Value)> _values;

    public NvidiaSmiReport(string? driver, string? cuda, IEnumerable<(string Path, string Value)> values) =>
        (Driver, Cuda, _values) = (driver, cuda, [.. values]);

    public string? Driver { get; }

    public string? Cuda { get; }

    /// <summary>As sysfs writes it.</summary>
    public string Address
    {
        get
        {
            // "00000000:18:00.0"
            var address = this["PCI/Bus Id"]!.ToLowerInvariant();
            return address.StartsWith("0000", StringComparison.Ordinal) ? address[4..] : address;
        }
    }

    /// <summary>The value; null where the report says that there is none.</summary>
    public string? this[string path] => All(path).FirstOrDefault();

    public IEnumerable<string> All(string path) => _values.Where(value => value.Path == path && Known(value.Value)).Select(value => value.Value);

    /// <summary>The number in front of its unit.</summary>
    public double? Number(string path) =>
        double.TryParse(this[path]?.Split(' ')[0].TrimEnd('x', '%'), CultureInfo.InvariantCulture, out var number) ? number : null;

    public long? Mebibytes(string path) => Number(path) is { } size ? (long)size << 20 : null;

    /// <summary>What holds the clocks down, in our words.</summary>
    public IReadOnlyList<string> ThrottleReasons => [.. s_reasons.Where(reason => IsActive(reason.Text)).Select(reason => reason.Name)];

    /// <summary>In watts. Newer drivers have an average, and some cards only what they draw at the moment.</summary>
    public double? PowerDraw => Power("Power Draw", "Average Power Draw") ?? Power("Instantaneous Power Draw");

    public static IReadOnlyList<NvidiaSmiReport> Parse(string text)
    {
        var (driver, cuda) = ((string?)null, (string?)null);
        var reports = new List<NvidiaSmiReport>();
        var path = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var name = line.Split(" : ")[0].Trim();
            var value = line.Contains(" : ", StringComparison.Ordinal) ? line[(line.IndexOf(" : ", StringComparison.Ordinal) + 3)..].Trim() : null;
            var depth = (line.Length - line.TrimStart().Length) / Indent;
            if (depth == 0)
            {
                driver = name == "Driver Version" ? value : driver;
                cuda = name == "CUDA Version" ? value : cuda;
                if (name.StartsWith("GPU ", StringComparison.Ordinal) && value is null)
                {
                    reports.Add(new NvidiaSmiReport(driver, cuda, []));
                }
            }
            else if (reports.Count > 0 && name.Length > 0)
            {
                path = [.. path.Take(depth - 1), name];
                reports[^1]._values.Add((string.Join('/', path), value ?? ""));
            }
        }

        return reports;
    }

    /// <summary>The same GPU for the fake library, in JSON.</summary>
    public JsonObject Describe()
    {
        var gpu = new JsonObject();
        var pci = Address.Split(':', '.');
        Add("pci", $"{pci[0]}:{pci[1]}:{pci[2]}");
        Add("nvmlDeviceGetName", this["Product Name"]);
        Add("nvmlDeviceGetUUID", this["GPU UUID"]);
        Add("nvmlDeviceGetSerial", this["Serial Number"]);
        Add("nvmlDeviceGetVbiosVersion", this["VBIOS Version"]);
        Add("nvmlDeviceGetBoardPartNumber", this["Board Part Number"]);
        Add("nvmlDeviceGetGspFirmwareVersion", this["GSP Firmware Version"]);
        Add("nvmlDeviceGetPersistenceMode", OnOff(this["Persistence Mode"]));
        Add("nvmlDeviceGetMigMode", OnOff(this["MIG Mode/Current"]));
        Add("nvmlDeviceGetEccMode", OnOff(this["ECC Mode/Current"]));
        Add("memory", Mebibytes("FB Memory Usage/Total") is { } total
            ? $"{total},{Mebibytes("FB Memory Usage/Reserved") ?? 0},{Mebibytes("FB Memory Usage/Free")},{Mebibytes("FB Memory Usage/Used")}"
            : null);
        Add("nvmlDeviceGetCurrPcieLinkGeneration", Number("PCI/GPU Link Info/PCIe Generation/Current"));
        Add("nvmlDeviceGetMaxPcieLinkGeneration", Number("PCI/GPU Link Info/PCIe Generation/Max"));
        Add("nvmlDeviceGetCurrPcieLinkWidth", Number("PCI/GPU Link Info/Link Width/Current"));
        Add("nvmlDeviceGetMaxPcieLinkWidth", Number("PCI/GPU Link Info/Link Width/Max"));
        Add("nvmlDeviceGetPcieReplayCounter", Number("PCI/Replays Since Reset"));
        Add("nvmlDeviceGetPcieThroughput(0)", Number("PCI/Tx Throughput"));
        Add("nvmlDeviceGetPcieThroughput(1)", Number("PCI/Rx Throughput"));
        Add("nvmlDeviceGetFanSpeed", Number("Fan Speed"));
        Add("nvmlDeviceGetRetiredPages(0)", Number("Retired Pages/Single Bit ECC"));
        Add("nvmlDeviceGetRetiredPages(1)", Number("Retired Pages/Double Bit ECC"));
        Add("nvmlDeviceGetCurrentClocksEventReasons", s_reasons.Index().Sum(reason => IsActive(reason.Item.Text) ? 2 << reason.Index : 0));
        Add("nvmlDeviceGetUtilizationRates", (Number("Utilization/Gpu") ?? Number("Utilization/GPU")) is { } use
            ? string.Create(CultureInfo.InvariantCulture, $"{use},{Number("Utilization/Memory") ?? 0}")
            : null);
        Add("nvmlDeviceGetTemperature(0)", Number("Temperature/GPU Current Temp"));
        Add("field(82,0)", Number("Temperature/Memory Current Temp"));
        Add("nvmlDeviceGetPowerUsage", Power("Power Draw", "Average Power Draw") * 1000);
        Add("field(186,0)", Power("Instantaneous Power Draw") * 1000);
        Add("nvmlDeviceGetEnforcedPowerLimit", Power("Current Power Limit", "Enforced Power Limit") * 1000);
        Add("nvmlDeviceGetPowerManagementDefaultLimit", Power("Default Power Limit") * 1000);
        Add("nvmlDeviceGetPowerManagementLimitConstraints",
            Power("Min Power Limit") is { } min ? string.Create(CultureInfo.InvariantCulture, $"{min * 1000},{Power("Max Power Limit") * 1000}") : null);
        foreach (var (index, clock) in s_clocks.Index())
        {
            Add($"nvmlDeviceGetClockInfo({index})", Number($"Clocks/{clock}"));
            Add($"nvmlDeviceGetMaxClockInfo({index})", Number($"Max Clocks/{clock}"));
        }

        Add("nvmlDeviceGetRemappedRows", Number("Remapped Rows/Correctable Error") is { } rows
            ? $"{rows},{Number("Remapped Rows/Uncorrectable Error")},{YesNo("Remapped Rows/Pending")},{YesNo("Remapped Rows/Remapping Failure Occurred")}"
            : null);
        foreach (var (counter, name) in s_counters.Index())
        {
            Add($"nvmlDeviceGetMemoryErrorCounter(0,{counter},2)", Number($"ECC Errors/{name}/DRAM Correctable"));
            Add($"nvmlDeviceGetMemoryErrorCounter(1,{counter},2)", Number($"ECC Errors/{name}/DRAM Uncorrectable"));
            Add($"nvmlDeviceGetMemoryErrorCounter(0,{counter},7)", Number($"ECC Errors/{name}/SRAM Correctable"));
        }

        Add("fabric", this["Fabric/State"] is { } state
            ? $"{(state switch { "Completed" => 3, "In Progress" => 2, "Not Started" => 1, _ => 0 })},{(this["Fabric/Status"] == "Success" ? 0 : 999)},{Number("Fabric/CliqueId")},0"
            : null);
        AddMig(gpu);
        return gpu;

        void Add(string key, object? value)
        {
            if (value is not null)
            {
                gpu[key] = Convert.ToString(value, CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>In watts, whatever this release calls it.</summary>
    public double? Power(params string[] names) =>
        names.SelectMany(name => (double?[])[Number($"GPU Power Readings/{name}"), Number($"Power Readings/{name}")]).FirstOrDefault(value => value is not null);

    private void AddMig(JsonObject gpu)
    {
        var parts = All("MIG Device/Index").ToList();
        if (parts.Count == 0)
        {
            return;
        }

        gpu["nvmlDeviceGetMaxMigDeviceCount"] = parts.Count + 2;
        gpu["mig"] = new JsonArray([.. Enumerable.Range(0, parts.Count).Select(Part)]);

        JsonObject Part(int i) => new()
        {
            ["nvmlDeviceGetGpuInstanceId"] = All("MIG Device/GPU Instance ID").ElementAt(i),
            ["nvmlDeviceGetComputeInstanceId"] = All("MIG Device/Compute Instance ID").ElementAt(i),
            ["multiprocessors"] = All("MIG Device/Device Attributes/Shared/Multiprocessor count").ElementAt(i),
            ["memory"] = new JsonArray(Mib("Total", i), Mib("Reserved", i), Mib("Free", i), Mib("Used", i)),
        };

        long Mib(string name, int part) => long.Parse(All($"MIG Device/Shared FB Memory Usage/{name}").ElementAt(part).Split(' ')[0]) << 20;
    }

    private bool IsActive(string reason) => (this[$"Clocks Event Reasons/{reason}"] ?? this[$"Clocks Throttle Reasons/{reason}"]) == "Active";

    private int YesNo(string path) => this[path] == "Yes" ? 1 : 0;

    private static string? OnOff(string? state) => state switch { "Enabled" => "1,1", "Disabled" => "0,0", _ => null };

    private static bool Known(string value) => value is not ("" or "N/A" or "[N/A]" or "None" or "Unknown Error") && !value.Contains("deprecated", StringComparison.Ordinal);
}
