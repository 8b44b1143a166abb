using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

/// <summary>The machine at hand, field by field against the tools that everybody trusts. A tool that is not installed, or that is not allowed
/// what it needs, is a visible skip.</summary>
public class RunningMachineTests
{
    private static readonly Lazy<Inventory> s_inventory = new(() => Machines.Collect(new HostRoot("/")));

    [Fact]
    public void Cpu_AgreesWithLscpu()
    {
        var lscpu = Json("lscpu", "-J").GetProperty("lscpu").EnumerateArray().SelectMany(Flatten)
            .GroupBy(field => field.Name).ToDictionary(same => same.Key, same => same.First().Data);
        string? Text(string key) => lscpu.TryGetValue(key, out var value) && value is not ("" or "-") ? value : null;
        int? Number(string key) => Text(key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        var cpu = s_inventory.Value.Cpu;

        Assert.Equal(Text("Architecture:"), s_inventory.Value.Host.Arch);
        Assert.Equal((Text("Vendor ID:"), Text("Model name:"), Text("CPU family:"), Text("Model:"), Text("Stepping:")), (cpu.Vendor, cpu.Model, cpu.Family, cpu.ModelNumber, cpu.Stepping));
        Assert.Equal((Number("CPU(s):"), Number("Thread(s) per core:"), Number("Socket(s):")), (cpu.Threads, cpu.ThreadsPerCore, cpu.Sockets));
        Assert.Equal(Number("Core(s) per socket:") * Number("Socket(s):"), cpu.Cores);
        Assert.Equal(CpuList.Parse(Text("On-line CPU(s) list:"))!.Count, cpu.ThreadsOnline);
        Assert.Equal(Number("NUMA node(s):"), cpu.NumaNodes);
        Assert.All(cpu.Numa, node => Assert.Equal(CpuList.Parse(Text($"NUMA node{node.Id} CPU(s):")), CpuList.Parse(node.Cpus)));
        Assert.Equal(Text("Address sizes:") ?? "unknown", cpu.PhysicalAddressBits is null ? "unknown" : $"{cpu.PhysicalAddressBits} bits physical, {cpu.VirtualAddressBits} bits virtual");
        Assert.Equal(Text("Virtualization:") switch { "AMD-V" => "svm", "VT-x" => "vmx", var other => other }, cpu.VirtualizationFeature);
        Assert.Equal((Text("CPU min MHz:"), Text("CPU max MHz:")), (Megahertz(cpu.MinMhz), Megahertz(cpu.MaxMhz)));
        Assert.Equal((Text("Flags:") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), cpu.Flags.Order());
        Assert.Equal(Text("Byte Order:"), cpu.ByteOrder == "little" ? "Little Endian" : "Big Endian");
        Assert.Equal(
            lscpu.Where(field => field.Key.StartsWith("Vulnerability ")).Select(field => Plain(field.Value)).Order(),
            cpu.Vulnerabilities.Values.Select(Plain).Order());
        foreach (var cache in cpu.Caches.GroupBy(cache => $"L{cache.Level}{cache.Type switch { "Data" => "d", "Instruction" => "i", _ => "" }} cache:"))
        {
            var (size, tolerance, instances) = LscpuOutput.Cache(Text(cache.Key)!);
            Assert.InRange(cache.Sum(one => one.TotalBytes), size - tolerance, size + tolerance);
            Assert.Equal(instances ?? 1, cache.Sum(one => one.Instances));
        }
    }

    [Fact]
    public void Disks_AgreeWithLsblk()
    {
        var expected = Json("lsblk", "-J", "-b", "-d", "-o", "NAME,KNAME,TYPE,SIZE,ROTA,RO,RM,VENDOR,MODEL,SERIAL,REV,WWN,LOG-SEC,PHY-SEC,TRAN,STATE")
            .GetProperty("blockdevices").EnumerateArray().Where(row => Text(row, "type") == "disk" && Text(row, "size") != "0")
            // Memory that is used as a disk.
            .Where(row => Text(row, "kname") is { } name && !name.StartsWith("zram") && !name.StartsWith("ram"))
            .ToList();
        var disks = s_inventory.Value.Disks;

        Assert.Equal(expected.Select(row => Text(row, "kname")).Order(), disks.Select(disk => disk.Name).Order());
        foreach (var row in expected)
        {
            var disk = disks.Single(disk => disk.Name == Text(row, "kname"));
            Assert.Equal(Text(row, "size"), $"{disk.SizeBytes}");
            Assert.Equal((Flag(row, "rota"), Flag(row, "ro"), Flag(row, "rm")), (disk.Rotational, disk.ReadOnly, disk.Removable));
            Assert.Equal((Text(row, "log-sec"), Text(row, "phy-sec")), ($"{disk.LogicalSectorBytes}", $"{disk.PhysicalSectorBytes}"));
            // What it knows only where udev runs; and the maker of a virtio disk is a number to the kernel.
            Assert.Equal(Text(row, "tran") ?? disk.Transport, disk.Transport);
            foreach (var (column, value) in new[]
                     {
                         ("vendor", Text(row, "vendor")?.StartsWith("0x") == true ? Text(row, "vendor") : disk.Vendor), ("model", disk.Model), ("serial", disk.Serial), ("rev", disk.Firmware), ("wwn", disk.Wwn), ("state", disk.State),
                     })
            {
                Assert.Equal(Text(row, column)?.Trim() ?? value, value);
            }
        }
    }

    [Fact]
    public void Network_AgreesWithIp()
    {
        var expected = Json("ip", "-j", "addr").EnumerateArray().ToList();
        var network = s_inventory.Value.Network;

        Assert.Equal(expected.Select(row => Text(row, "ifname")!).Order(), network.Select(card => card.Name).Order());
        foreach (var row in expected)
        {
            var card = network.Single(card => card.Name == Text(row, "ifname"));
            Assert.Equal(row.GetProperty("mtu").GetInt32(), card.Mtu);
            Assert.Equal(Text(row, "operstate")!.ToLowerInvariant(), card.State);
            Assert.Equal(Text(row, "address") is { } mac && mac.Any(letter => letter is not ('0' or ':')) && card.Type is "ethernet" or "bond" or "bridge" or "veth" ? Text(row, "address") : card.Mac, card.Mac);
            Assert.Equal(
                row.GetProperty("addr_info").EnumerateArray().Select(address => $"{Text(address, "local")}/{address.GetProperty("prefixlen").GetInt32()}").Order(),
                card.Addresses.Order());
        }
    }

    [Fact]
    public void Filesystems_AgreeWithFindmnt()
    {
        var mounts = Json("findmnt", "-J", "-l", "-b", "-o", "TARGET,SOURCE,FSTYPE,SIZE,OPTIONS").GetProperty("filesystems").EnumerateArray()
            .GroupBy(row => Text(row, "target")!).ToDictionary(same => same.Key, same => same.Last());

        Assert.NotEmpty(s_inventory.Value.Filesystems);
        foreach (var filesystem in s_inventory.Value.Filesystems)
        {
            var row = mounts[filesystem.MountPoint];
            Assert.Equal(Text(row, "fstype"), filesystem.Type);
            // A bind mount has its directory behind the device: "/dev/sda1[/data]".
            Assert.Equal(Text(row, "source")!.Split('[')[0], filesystem.Device);
            Assert.Equal(Text(row, "size"), $"{filesystem.SizeBytes}");
            Assert.Equal(Text(row, "options")!.Split(',').Contains("ro"), filesystem.ReadOnly);
        }
    }

    [Fact]
    public void Firmware_AgreesWithDmidecode()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may read the SMBIOS table.");
        var text = new Smbios.DmidecodeText(Output("dmidecode", ["-q", "--no-sysfs"]) is { Length: > 0 } ? Output("dmidecode", []) : "");
        Assert.SkipWhen(text.Sections.Count == 0, "This machine has no SMBIOS table.");
        var inventory = s_inventory.Value;

        Assert.Equal(DmiText.Clean(text.OfType(0).First()["Version"]), inventory.Host.Bios.Version);
        Assert.Equal(DmiText.Clean(text.OfType(1).First()["Product Name"]), inventory.Host.System.Product);
        Assert.Equal(text.OfType(17).Select(section => section.Size("Size")), inventory.Memory.Modules.Select(module => module.SizeBytes));
    }

    [Fact]
    public void Host_AgreesWithUname()
    {
        Assert.Equal(Output("uname", ["-r"]).Trim(), s_inventory.Value.Host.Kernel);
        Assert.Equal(Output("uname", ["-n"]).Trim(), s_inventory.Value.Host.Hostname);
        Assert.Equal(Output("uname", ["-m"]).Trim(), s_inventory.Value.Host.Arch);
    }

    private static string? Megahertz(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture);

    // lscpu writes some of the kernel's colons as semicolons and leaves others out.
    private static string Plain(string state) => state.Replace(":", "").Replace(";", "");

    private static IEnumerable<(string Name, string Data)> Flatten(JsonElement field)
    {
        yield return (field.GetProperty("field").GetString()!, field.GetProperty("data").GetString() ?? "");
        foreach (var child in field.TryGetProperty("children", out var children) ? children.EnumerateArray().SelectMany(Flatten) : [])
        {
            yield return child;
        }
    }

    private static string? Text(JsonElement row, string name) => !row.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    // Older versions print "1" for true.
    private static bool Flag(JsonElement row, string name) => Text(row, name) is "true" or "1";

    private static JsonElement Json(string program, params string[] arguments)
    {
        using var document = JsonDocument.Parse(Output(program, arguments));
        return document.RootElement.Clone();
    }

    private static string Output(string program, string[] arguments)
    {
        var path = new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin" }.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{program} is not installed.");
        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"{program} does not work here: {process.StandardError.ReadToEnd()}");
        return output;
    }
}
