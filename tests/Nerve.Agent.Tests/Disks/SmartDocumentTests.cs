using System.Text;
using System.Text.Json;
using Nerve.Agent.Disks;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Disks;

public class SmartDocumentTests
{
    public static TheoryData<string> Sources =>
        ["smartctl_exporter", "scrutiny", "telegraf-smartctl", "libblockdev-smart", "netdata-smartctl", "beszel-smart"];

    /// <summary>Some 150 disks; the facts beside each were read out of the document by other means than ours.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void Parse_CapturedDisks_AreAsTheirFactsSay(string source)
    {
        var disks = 0;
        foreach (var folder in Directory.GetDirectories(Fixtures.FolderOf(source)))
        {
            var name = $"{source}/{Path.GetFileName(folder)}";
            var facts = Fixtures.Facts(name);
            if (File.Exists(Path.Combine(folder, "smartctl.json")) && !facts.TryGetProperty("expect", out _))
            {
                AssertFacts(name, facts);
                disks++;
            }
        }

        Assert.True(disks > 0);
    }

    [Fact]
    public void Parse_DiskThatExpectsToFail_SaysSo()
    {
        var health = Parse("""{"json_format_version":[1,0],"smartctl":{"exit_status":8},"smart_status":{"passed":false},"temperature":{"current":41}}""", out var failure)!;

        Assert.Null(failure);
        Assert.Equal(new SmartInfo { Available = true, Passed = false, TemperatureCelsius = 41 }, health);
    }

    [Fact]
    public void Parse_NvmeWithACriticalWarning_HasIt()
    {
        var name = Directory.GetDirectories(Fixtures.FolderOf("smartctl_exporter"), "*MZWLL3T2HAJQ*").Select(Path.GetFileName)
            .Single(folder => Fixtures.Facts($"smartctl_exporter/{folder}").GetProperty("nvme").GetProperty("critical_warning").GetInt32() == 16);

        Assert.Equal(16, Parse(Fixtures.Text($"smartctl_exporter/{name}", "smartctl.json"), out _)!.CriticalWarning);
    }

    [Fact]
    public void Parse_ReallocatedSectors_AreThoseOfTheDisk() =>
        Assert.Equal(304, Parse(Fixtures.Text("smartctl_exporter/ST3500418AS_12", "smartctl.json"), out _)!.ReallocatedSectors);

    [Fact]
    public void Parse_PackedRawValues_AreReadAsSmartctlDoes()
    {
        // Raw 10 and "0", raw 163210330154 and "32 (Min/Max 24/38)": the text is what smartctl understood.
        var health = Parse(Fixtures.Text("scrutiny/smart-ata-date2", "smartctl.json"), out _)!;

        Assert.Equal((0L, 0L, 0L), (health.ReallocatedSectors!.Value, health.PendingSectors!.Value, health.UncorrectableSectors!.Value));
    }

    [Fact]
    public void Parse_ScsiDisk_HasItsGrownDefectsAndUncorrectedErrors()
    {
        var health = Parse(Fixtures.Text("scrutiny/smart-scsi", "smartctl.json"), out _)!;

        Assert.Equal((true, 56L, 0L, 43549L), (health.Passed!.Value, health.ReallocatedSectors!.Value, health.MediaErrors!.Value, health.PowerOnHours!.Value));
        Assert.Null(health.PendingSectors);
    }

    [Fact]
    public void Parse_DiskOfARaidController_HasNoHealthOfItsOwn() =>
        Assert.Equal(new SmartInfo { Available = false }, Parse(Fixtures.Text("scrutiny/smart-raid", "smartctl.json"), out _));

    /// <summary>Bits of the exit status that speak of the disk are not errors of the question (libblockdev's case).</summary>
    [Fact]
    public void Parse_ExitStatus32_IsAccepted()
    {
        Assert.NotNull(Parse(Fixtures.Text("libblockdev-smart/03_exit_err_32", "smartctl.json"), out var failure));
        Assert.Null(failure);
    }

    [Theory]
    [InlineData("libblockdev-smart/01_old_ver", "before version 1.0")]
    [InlineData("libblockdev-smart/05_empty", "no JSON")]
    [InlineData("scrutiny/smart-fail", "Open failed, Error=5")]
    public void Parse_NoHealth_SaysWhy(string name, string reason)
    {
        Assert.Null(Parse(Fixtures.Text(name, "smartctl.json"), out var failure));
        Assert.Contains(reason, failure);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("""{"json_format_version":[]}""")]
    [InlineData("""{"json_format_version":["1"]}""")]
    [InlineData("""{"json_format_version":[1,0],"smartctl":3,"smart_status":[],"temperature":"hot","ata_smart_attributes":{"table":[1,null,{"id":"5"},{"id":5,"raw":7}]}}""")]
    [InlineData("""{"json_format_version":[1,0],"nvme_smart_health_information_log":{"critical_warning":99999999999999999999,"data_units_read":9223372036854775807}}""")]
    public void Parse_StrangeDocument_DoesNotThrow(string text) => Parse(text, out _);

    private static void AssertFacts(string name, JsonElement facts)
    {
        var health = Parse(Fixtures.Text(name, "smartctl.json"), out var failure);
        if (facts.TryGetProperty("exit_status", out var exit) && (exit.GetInt32() & 3) != 0)
        {
            Assert.True(health is null && failure is not null, name);
            return;
        }

        Assert.True(health is not null, $"{name}: {failure}");
        if (!health.Available)
        {
            Assert.False(facts.TryGetProperty("smart_passed", out _), name);
            return;
        }

        var nvme = facts.TryGetProperty("nvme", out var log) ? log : default;
        Same(facts.TryGetProperty("smart_passed", out var passed) ? passed.GetBoolean() : null, health.Passed);
        Same(Number(facts, "temperature"), health.TemperatureCelsius);
        Same(Number(facts, "power_on_hours"), health.PowerOnHours);
        Same(Number(facts, "power_cycles"), health.PowerCycles);
        Same(Number(nvme, "critical_warning"), health.CriticalWarning);
        Same(Number(nvme, "available_spare"), health.AvailableSparePercent);
        Same(Number(nvme, "data_units_written") * 512_000, health.BytesWritten);
        if (nvme.ValueKind == JsonValueKind.Object)
        {
            Same(Number(nvme, "percentage_used"), health.PercentageUsed);
            Same(Number(nvme, "media_errors"), health.MediaErrors);
        }

        if (facts.TryGetProperty("ata", out var ata))
        {
            Same(Attribute(ata, 5), health.ReallocatedSectors);
            Same(Attribute(ata, 197), health.PendingSectors);
            Same(Attribute(ata, 199), health.InterfaceErrors);
        }

        if (Number(facts, "scsi_grown_defect_list") is { } defects)
        {
            Same(defects, health.ReallocatedSectors);
        }

        void Same(object? expected, object? actual) => Assert.True(
            Equals(expected is null or bool ? expected : Convert.ToDouble(expected), actual is null or bool ? actual : Convert.ToDouble(actual)),
            $"{name}: expected {expected ?? "null"}, found {actual ?? "null"}");
    }

    // "5 Reallocated_Sector_Ct": {"raw": 0, "raw_string": "0"}
    private static double? Attribute(JsonElement ata, int id)
    {
        foreach (var row in ata.EnumerateObject().Where(row => row.Name.StartsWith($"{id} ", StringComparison.Ordinal)))
        {
            return double.TryParse(row.Value.GetProperty("raw_string").GetString()!.Split(' ')[0], out var number) ? number : row.Value.GetProperty("raw").GetDouble();
        }

        return null;
    }

    private static double? Number(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static SmartInfo? Parse(string text, out string? failure) => SmartDocument.Parse(Encoding.UTF8.GetBytes(text), out failure);
}
