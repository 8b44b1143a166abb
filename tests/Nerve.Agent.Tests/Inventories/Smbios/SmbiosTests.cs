using CsCheck;
using Nerve.Agent.Inventories;
using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories.Smbios;

public class SmbiosTests
{
    public static TheoryData<string?> Tables => Fixtures.CasesWith("*dmidecode*.txt", ["uroot-smbios", "siderolabs-smbios"]);

    public static TheoryData<string?> Texts => Fixtures.CasesWith("dmidecode.txt", ["linuxhw-dmi"]);

    [Theory]
    [MemberData(nameof(Tables))]
    public void Modules_CapturedTable_AreAsDmidecodePrintsThem(string? name)
    {
        var modules = Machines.Collect(Fixtures.Tree(name)).Memory.Modules;
        var expected = SystemMemory(Dmidecode(name)).ToList();

        Assert.Equal(expected.Count, modules.Count);
        foreach (var (section, module) in expected.Zip(modules))
        {
            AssertModule(section, module);
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Host_CapturedTable_IsAsDmidecodePrintsIt(string? name)
    {
        var host = Machines.Collect(Fixtures.Tree(name)).Host;
        var text = Dmidecode(name);
        string? Text(int type, string key) => DmiText.Clean(text.OfType(type).First()[key]);

        Assert.Equal((Text(0, "Vendor"), Text(0, "Version"), Text(0, "Release Date")), (host.Bios.Vendor, host.Bios.Version, host.Bios.Date));
        Assert.Equal(text.OfType(0).First()["BIOS Revision"], host.Bios.Release);
        Assert.Equal(
            (Text(1, "Manufacturer"), Text(1, "Product Name"), Text(1, "Version"), Text(1, "Serial Number"), Text(1, "SKU Number"), Text(1, "Family")),
            (host.System.Vendor, host.System.Product, host.System.Version, host.System.Serial, host.System.Sku, host.System.Family));
        Assert.Equal(Text(1, "UUID")?.ToLowerInvariant(), host.System.Uuid);
        Assert.Equal(
            (Text(2, "Manufacturer"), Text(2, "Product Name"), Text(2, "Version"), Text(2, "Serial Number"), Text(2, "Asset Tag")),
            (host.Board.Vendor, host.Board.Product, host.Board.Version, host.Board.Serial, host.Board.AssetTag));
        Assert.Equal(
            (DmiText.Clean(Text(3, "Type")), Text(3, "Manufacturer"), Text(3, "Serial Number"), Text(3, "Asset Tag")),
            (host.Chassis!.Type, host.Chassis.Vendor, host.Chassis.Serial, host.Chassis.AssetTag));
        Assert.Equal(text.OfType(38).FirstOrDefault()?["Interface Type"]?.Split(' ')[0], host.Bmc?.Interface);
        Assert.Equal(text.OfType(38).FirstOrDefault()?["Specification Version"], host.Bmc?.IpmiVersion);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Processor_CapturedTable_IsAsDmidecodePrintsIt(string? name) => Assert.Equal(
        DmiText.Clean(Dmidecode(name).OfType(4).First(section => section["Status"]?.StartsWith("Populated") == true)["Version"]),
        Machines.Collect(Fixtures.Tree(name)).Cpu.FirmwareModel);

    // The same words in the record that udev keeps for users other than root.
    [Theory]
    [MemberData(nameof(Texts))]
    public void Modules_UdevRecordOfKnownMachine_AreAsDmidecodePrintsThem(string? name)
    {
        var text = new DmidecodeText(Fixtures.Text(name, "dmidecode.txt"));
        using var tree = new TemporaryTree();
        var memory = Machines.Collect(tree.Write("/run/udev/data/+dmi:id", UdevRecord(text)).Root).Memory;

        Assert.Equal(text.OfType(17).Count(), memory.Modules.Count);
        foreach (var (section, module) in text.OfType(17).Zip(memory.Modules))
        {
            AssertModule(section, module);
        }

        var sizes = text.OfType(17).Select(section => section.Size("Size")).ToList();
        Assert.Equal(sizes.Exists(size => size is not null) ? sizes.Sum() : null, memory.InstalledBytes);
    }

    // Entry point version 2.4: the bytes of a UUID stand in their own order; from 2.6 on the first three parts are words.
    [Theory]
    [InlineData("_SM_\0\0\u0002\u0004", "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("_SM_\0\0\u0002\u0006", "33221100-5544-7766-8899-aabbccddeeff")]
    [InlineData("_SM3_\0\0\u0003\u0002", "33221100-5544-7766-8899-aabbccddeeff")]
    public void Uuid_ByVersion_IsInItsByteOrder(string entryPoint, string expected)
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/firmware/dmi/tables/smbios_entry_point", entryPoint);
        File.WriteAllBytes(
            tree.Directory + "/sys/firmware/dmi/tables/DMI",
            [1, 0x19, 1, 0, 0, 0, 0, 0, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 6, 0, 0]);

        Assert.Equal(expected, Machines.Collect(tree.Root).Host.System.Uuid);
    }

    [Fact]
    public void Modules_ExtendedFields_AreUsedWhenTheWordIsFull()
    {
        var device = new byte[0x5C];
        (device[0], device[1], device[2]) = (17, 0x5C, 1);
        (device[0x0C], device[0x0D]) = (0xFF, 0x7F);
        // 128 GiB in megabytes, 8800 MT/s and 8000 MT/s.
        BitConverter.TryWriteBytes(device.AsSpan(0x1C), 131072);
        (device[0x15], device[0x16], device[0x20], device[0x21]) = (0xFF, 0xFF, 0xFF, 0xFF);
        BitConverter.TryWriteBytes(device.AsSpan(0x54), 8800);
        BitConverter.TryWriteBytes(device.AsSpan(0x58), 8000);
        (device[0x12], device[0x0E]) = (0x22, 0x09);

        var module = Assert.Single(MemoryModules.Of(SmbiosTable.Parse((byte[])[.. device, 0, 0])));

        Assert.Equal((128L << 30, 8800, 8000, "DDR5", "DIMM"), (module.SizeBytes, module.SpeedMts, module.ConfiguredMts, module.Type, module.FormFactor));
    }

    [Fact]
    public void Modules_FlashOfTheFirmware_IsNoMemory()
    {
        // An array for flash memory (use 5) and a device of it.
        byte[] table = [16, 0x0F, 0x10, 0, 3, 5, 3, 0, 0, 0, 0, 0xFE, 0xFF, 1, 0, 0, 0, 17, 0x15, 0x11, 0, 0x10, 0, 0xFE, 0xFF, 8, 0, 8, 0, 4, 0, 5, 0, 0, 0, 9, 2, 0, 0, 0];

        Assert.Empty(MemoryModules.Of(SmbiosTable.Parse(table)));
    }

    [Fact]
    public void Bmc_RedfishHostInterface_HasTheServiceAddress()
    {
        byte[] record =
        [
            .. new byte[16], 1, 1, .. (byte[])[169, 254, 0, 2], .. new byte[12], .. new byte[16],
            1, 1, .. (byte[])[169, 254, 0, 1], .. new byte[12], .. new byte[16], 0xBB, 0x01, 0, 0, 0, 0, 0,
        ];
        byte[] structure = [42, (byte)(4 + 2 + 1 + 1 + 2 + record.Length), 1, 0, 0x40, 1, 2, 1, 4, (byte)record.Length, .. record, 0, 0];

        Assert.Equal("169.254.0.1:443", SmbiosBmc.RedfishAddress(SmbiosTable.Parse(structure)));
    }

    [Fact]
    public void Parse_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var table = SmbiosTable.Parse(bytes, (3, 0));
        return MemoryModules.Of(table).Count >= 0 && SmbiosHost.System(table) is not null && SmbiosHost.Chassis(table)?.Type != "" && SmbiosBmc.RedfishAddress(table) != "";
    });

    private static DmidecodeText Dmidecode(string? name) => new(Fixtures.Text(name, "*dmidecode*.txt"));

    private static IEnumerable<DmidecodeText.Section> SystemMemory(DmidecodeText text)
    {
        // Devices are printed after the array they belong to.
        var system = true;
        foreach (var section in text.Sections)
        {
            system = section.Type == 16 ? section["Use"] is "System Memory" or "Unknown" or "Other" : system;
            if (section.Type == 17 && system)
            {
                yield return section;
            }
        }
    }

    private static void AssertModule(DmidecodeText.Section section, MemoryModuleInfo module)
    {
        Assert.Equal(section.Size("Size"), module.SizeBytes);
        Assert.Equal(section.Known("Form Factor"), module.FormFactor);
        Assert.Equal(section.Known("Type"), module.Type);
        Assert.Equal(section.Number("Total Width"), module.TotalWidth);
        Assert.Equal(section.Number("Data Width"), module.DataWidth);
        Assert.Equal(section.Number("Rank"), module.Rank);
        Assert.Equal(section.Number("Speed"), module.SpeedMts);
        Assert.Equal(section.Number("Configured Memory Speed", "Configured Clock Speed"), module.ConfiguredMts);
        Assert.Equal(DmiText.Clean(section["Locator"]), module.Locator);
        Assert.Equal(DmiText.Clean(section["Bank Locator"]), module.Bank);
        if (module.SizeBytes is not null)
        {
            Assert.Equal(DmiText.Clean(section["Manufacturer"]), module.Manufacturer);
            Assert.Equal(DmiText.Clean(section["Part Number"]), module.PartNumber);
            Assert.Equal(DmiText.Clean(section["Serial Number"]), module.Serial);
        }
    }

    private static string UdevRecord(DmidecodeText text)
    {
        var devices = text.OfType(17).ToList();
        var lines = new List<string> { $"E:MEMORY_ARRAY_NUM_DEVICES={devices.Count}" };
        for (var i = 0; i < devices.Count; i++)
        {
            void Add(string name, string? value)
            {
                if (value is not null)
                {
                    lines.Add($"E:MEMORY_DEVICE_{i}_{name}={value}");
                }
            }

            var device = devices[i];
            Add("PRESENT", device.Size("Size") is null ? "0" : null);
            Add("SIZE", device.Size("Size")?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Add("TOTAL_WIDTH", $"{device.Number("Total Width")}");
            Add("DATA_WIDTH", $"{device.Number("Data Width")}");
            Add("RANK", $"{device.Number("Rank")}");
            Add("SPEED_MTS", $"{device.Number("Speed")}");
            Add("CONFIGURED_SPEED_MTS", $"{device.Number("Configured Memory Speed", "Configured Clock Speed")}");
            Add("FORM_FACTOR", device["Form Factor"]);
            Add("TYPE", device["Type"]);
            Add("LOCATOR", device["Locator"]);
            Add("BANK_LOCATOR", device["Bank Locator"]);
            Add("MANUFACTURER", device["Manufacturer"]);
            Add("PART_NUMBER", device["Part Number"]);
            Add("SERIAL_NUMBER", device["Serial Number"]);
        }

        return string.Join('\n', lines) + "\n";
    }
}
