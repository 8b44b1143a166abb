using System.Text.Json;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class CpuFactsTests
{
    private static readonly string[] s_lscpuSources = ["util-linux-lscpu", "util-linux-chcpu", "ghw", "openshift-nto"];

    public static TheoryData<string?> LscpuCases => Fixtures.CasesWith("*lscpu*.txt", s_lscpuSources);

    // Shortened to two processors by hand.
    public static TheoryData<string?> CpuInfoCases => Fixtures.CasesWith("lscpu.txt", ["ohai-cpu"], except: "x86-guest-vtx");

    public static TheoryData<string?> AnsibleCases => Fixtures.CasesWith("root.tar.gz", ["ansible-cpuinfo"]);

    public static TheoryData<string?> LxdCases => Fixtures.CasesWith("root.tar.gz", ["lxd-cpuinfo"]);

    public static TheoryData<string?> ProcfsCases => Fixtures.CasesWith("root.tar.gz", ["procfs-cpuinfo"]);

    // Bulldozer: the kernel, and lscpu, call two halves of a module threads of one core; hwloc does not.
    public static TheoryData<string?> HwlocCases => Fixtures.CasesWith("root.tar.gz", ["hwloc"], except: "64amd64-4s2n4ca2co");

    [Theory]
    [MemberData(nameof(LscpuCases))]
    public void Collect_CapturedMachine_CountsAsLscpu(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var lscpu = new LscpuOutput(Fixtures.Text(name, "*lscpu*.txt"));
        var facts = Fixtures.Facts(name);

        Assert.Equal(lscpu.Number("CPU(s)"), cpu.Threads);
        Assert.Equal(CpuList.Parse(lscpu["On-line CPU(s) list"])!.Count, cpu.ThreadsOnline);
        Assert.Equal(lscpu.Number("Thread(s) per core"), cpu.ThreadsPerCore);
        Assert.Equal(Parsed(facts, "sockets") ?? lscpu.Number("Socket(s)"), cpu.Sockets);
        Assert.Equal(Parsed(facts, "cores") ?? lscpu.Number("Socket(s)") * lscpu.Number("Core(s) per socket"), cpu.Cores);
        Assert.Equal(lscpu.Number("NUMA node(s)"), cpu.NumaNodes);
    }

    [Theory]
    [MemberData(nameof(LscpuCases))]
    public void Collect_CapturedMachine_HasNodesAsLscpu(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var lscpu = new LscpuOutput(Fixtures.Text(name, "*lscpu*.txt"));

        var expected = lscpu.Keys.Where(key => key.StartsWith("NUMA node") && key.EndsWith(" CPU(s)"))
            .ToDictionary(key => key["NUMA node".Length..^" CPU(s)".Length], key => Members(lscpu[key]));
        Assert.Equal(expected.Keys, cpu.Numa.Select(node => $"{node.Id}"));
        foreach (var node in cpu.Numa)
        {
            // lscpu leaves out the processors that are off-line.
            Assert.Equal(expected[$"{node.Id}"], Members(node.Cpus).Except(Members(lscpu["Off-line CPU(s) list"])));
        }
    }

    [Theory]
    [MemberData(nameof(LscpuCases))]
    public void Collect_CapturedMachine_HasTheRestOfLscpu(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var lscpu = new LscpuOutput(Fixtures.Text(name, "*lscpu*.txt"));

        Assert.Equal(lscpu["ISA"], cpu.Isa);
        Assert.Equal(lscpu["Machine type"], cpu.MachineType);
        Assert.Equal(lscpu["Address sizes"], cpu.PhysicalAddressBits is null ? null : $"{cpu.PhysicalAddressBits} bits physical, {cpu.VirtualAddressBits} bits virtual");
        Assert.Equal(Members(lscpu["Off-line CPU(s) list"]), Members(cpu.OfflineCpus));
        if (lscpu["Byte Order"] is { } order)
        {
            Assert.Equal(order, cpu.ByteOrder == "little" ? "Little Endian" : "Big Endian");
        }
    }

    [Fact]
    public void Collect_TwoNodes_HaveMemoryAndDistances()
    {
        var nodes = Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Numa;

        // "local" of the two NUMANode objects in hwloc's XML.
        Assert.Equal([17149054976, 17179869184], nodes.Select(node => node.MemoryBytes!.Value));
        Assert.Equal([10, 21], nodes[0].Distances);
    }

    [Fact]
    public void Collect_IntelHybrid_TellsItsCoresApart()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/devices/cpu_core/cpus", "0-3\n").Write("/sys/devices/cpu_atom/cpus", "4-5\n");
        foreach (var cpu in Enumerable.Range(0, 6))
        {
            tree.Write($"/sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list", cpu < 4 ? $"{cpu / 2 * 2}-{(cpu / 2 * 2) + 1}\n" : $"{cpu}\n")
                .Write($"/sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq", cpu < 4 ? "5200000\n" : "3900000\n");
        }

        Assert.Equal(
            [new CoreTypeInfo("performance", 2, 4, "0-3", 5200), new CoreTypeInfo("efficiency", 2, 2, "4-5", 3900)],
            Collect(tree.Root).CoreTypes);
    }

    /// <summary>"CPU kind" of hwloc's output: the second is the faster.</summary>
    [Fact]
    public void Collect_CapturedHybrid_HasTheKindsOfHwloc()
    {
        var kinds = Fixtures.Text("hwloc/20em64t-hybrid-1p6c2t_2ca4co1t", "20em64t-hybrid-1p6c2t_2ca4co1t.console").Split('\n')
            .Where(line => line.StartsWith("CPU kind #", StringComparison.Ordinal)).Select(line => Convert.ToInt64(line.Split("0x")[1], 16)).Reverse();
        var types = Collect(Fixtures.Tree("hwloc/20em64t-hybrid-1p6c2t_2ca4co1t")).CoreTypes;

        Assert.Equal(["performance", "efficiency"], types.Select(type => type.Name));
        Assert.Equal(kinds, types.Select(type => CpuList.Parse(type.Cpus)!.Sum(cpu => 1L << cpu)));
    }

    [Fact]
    public void Collect_NominalFrequencies_TellCoresApartWhereNothingElseDoes()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: CPU\nflags\t\t: fpu\n").Write("/sys/devices/system/cpu/online", "0-2\n");
        foreach (var cpu in Enumerable.Range(0, 3))
        {
            tree.Write($"/sys/devices/system/cpu/cpu{cpu}/acpi_cppc/nominal_freq", cpu < 1 ? "2500\n" : "1800\n");
        }

        Assert.Equal([("performance", "0"), ("efficiency", "1-2")], Collect(tree.Root).CoreTypes.Select(type => (type.Name, type.Cpus!)));

        // Equal cores of a server, some with a higher base frequency.
        tree.Write("/sys/devices/cpu/type", "4\n");
        Assert.Empty(Collect(tree.Root).CoreTypes);
    }

    [Fact]
    public void Collect_ArmBigLittle_TellsItsCoresApart()
    {
        static string Cpu(int number, string part) => $"processor\t: {number}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n\n";
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", Cpu(0, "0xd03") + Cpu(1, "0xd03") + Cpu(2, "0xd08"));

        Assert.Equal(
            [new CoreTypeInfo("Cortex-A53", null, 2, "0-1", null), new CoreTypeInfo("Cortex-A72", null, 1, "2", null)],
            Collect(tree.Root).CoreTypes);
    }

    [Theory]
    [MemberData(nameof(AnsibleCases))]
    public void Collect_OnlyCpuInfo_NamesAsAnsible(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var expected = Fixtures.Facts(name).GetProperty("ansible")[0].GetProperty("expected");
        var names = expected.GetProperty("processor").EnumerateArray().Select(value => value.GetString()).ToList();

        Assert.Equal(expected.GetProperty("processor_vcpus").GetInt32(), cpu.ThreadsOnline);
        // Ansible shows the kernel's words for an Arm core, lscpu and we its name.
        Assert.Contains(cpu.Vendor == "ARM" ? "rev" : cpu.Model ?? cpu.Vendor!, string.Join('\n', names));
    }

    [Theory]
    [InlineData("ansible-cpuinfo/aarch64-4cpu-cpuinfo", "Cortex-A53")]
    [InlineData("ansible-cpuinfo/armv6-rev7-1cpu-cpuinfo", "ARM1176")]
    [InlineData("lxd-cpuinfo/cpuinfo_arm64_rpi5", "Cortex-A76")]
    [InlineData("procfs-cpuinfo/cpuinfoArm7", "Cortex-A72")]
    [InlineData("procfs-cpuinfo/cpuinfoArm7Legacy", "Cortex-A7")]
    public void Collect_ArmPartNumber_IsNamed(string name, string model) => Assert.Equal(("ARM", model), (Collect(Fixtures.Tree(name)).Vendor, Collect(Fixtures.Tree(name)).Model));

    [Theory]
    [MemberData(nameof(LxdCases))]
    public void Collect_OnlyCpuInfo_NamesAsLxd(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var facts = Fixtures.Facts(name);

        Assert.Equal(facts.GetProperty("processors_in_file").GetInt32(), cpu.ThreadsOnline);
        if (facts.TryGetProperty("name", out var model) && model.GetString() is { Length: > 0 } text)
        {
            Assert.Equal((facts.GetProperty("vendor").GetString(), text), (cpu.Vendor, cpu.Model));
        }
    }

    [Theory]
    [MemberData(nameof(ProcfsCases))]
    public void Collect_OnlyCpuInfo_CountsAsProcfs(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        foreach (var assertion in Fixtures.Facts(name).GetProperty("assertions").EnumerateArray())
        {
            var want = assertion.GetProperty("want").GetString()!.Trim('"');
            switch (assertion.GetProperty("have").GetString())
            {
                case "len(cpuinfo)":
                    Assert.Equal(want, $"{cpu.ThreadsOnline}");
                    break;
                case "cpuinfo[1].ModelName" when cpu.Vendor != "ARM":
                    Assert.Equal(want, cpu.Model);
                    break;
                case "cpuinfo[1].CPUFamily":
                    Assert.Equal(want, cpu.Family);
                    break;
                case "cpuinfo[1].Flags[1]" or "cpuinfo[1].Flags[2]":
                    Assert.Contains(want, cpu.Flags);
                    break;
            }
        }
    }

    [Theory]
    [InlineData("", new int[0])]
    [InlineData("0-2,5", new[] { 0, 1, 2, 5 })]
    [InlineData("7", new[] { 7 })]
    public void CpuList_WrittenAndRead_IsTheSame(string list, int[] members)
    {
        Assert.Equal(members, CpuList.Parse(list));
        Assert.Equal(list, CpuList.Format(members));
    }

    [Fact]
    public void CpuList_Mask_CountsFromTheRight() => Assert.Equal([0, 3, 32], CpuList.ParseMask("00000001,00000009"));

    [Theory]
    [MemberData(nameof(LscpuCases))]
    public void Collect_CapturedMachine_NamesAsLscpu(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var lscpu = new LscpuOutput(Fixtures.Text(name, "*lscpu*.txt"));

        AssertNames(lscpu, cpu);
        Assert.Equal(lscpu["Microcode version"] ?? cpu.Microcode, cpu.Microcode);
        Assert.Equal(Megahertz(lscpu["CPU max MHz"]), cpu.MaxMhz);
        Assert.Equal(Megahertz(lscpu["CPU min MHz"]), cpu.MinMhz);
        Assert.Equal(
            lscpu.Keys.Where(key => key.StartsWith("Vulnerability ")).Select(key => key["Vulnerability ".Length..].ToLowerInvariant().Replace(' ', '_')).Order(),
            cpu.Vulnerabilities.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(LscpuCases))]
    public void Collect_CapturedMachine_HasCachesAsLscpu(string? name)
    {
        var caches = Collect(Fixtures.Tree(name)).Caches;
        var lscpu = new LscpuOutput(Fixtures.Text(name, "*lscpu*.txt"));

        var ours = caches.GroupBy(cache => $"L{cache.Level}{Letter(cache.Type)} cache").ToDictionary(same => same.Key, same => same.ToList());
        Assert.Equal(lscpu.Keys.Where(key => key.EndsWith(" cache")).Order(), ours.Keys.Order());
        foreach (var (key, same) in ours)
        {
            var (size, tolerance, instances) = LscpuOutput.Cache(lscpu[key]!);
            Assert.InRange(same.Sum(cache => cache.TotalBytes), size - tolerance, size + tolerance);
            Assert.Equal(instances ?? same.Sum(cache => cache.Instances), same.Sum(cache => cache.Instances));
            Assert.All(same, cache => Assert.Equal(cache.SizeBytes * cache.Instances, cache.TotalBytes));
        }
    }

    [Theory]
    [MemberData(nameof(CpuInfoCases))]
    public void Collect_OnlyCpuInfo_NamesAsLscpuOfTheSameMachine(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var lscpu = new LscpuOutput(Fixtures.Text(name, "lscpu.txt"));

        // These list the processors that are on-line, and nothing else is captured.
        Assert.Equal(CpuList.Parse(lscpu["On-line CPU(s) list"])!.Count, cpu.ThreadsOnline);
        Assert.Equal(lscpu["Model name"] ?? cpu.Model, cpu.Model);
        Assert.Equal(lscpu["Vendor ID"] ?? cpu.Vendor, cpu.Vendor);
        Assert.Equal(lscpu["CPU family"] ?? cpu.Family, cpu.Family);
        Assert.Equal(lscpu["Model"] ?? cpu.ModelNumber, cpu.ModelNumber);
    }

    [Theory]
    [MemberData(nameof(HwlocCases))]
    public void Collect_CapturedMachine_CountsAsHwloc(string? name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var counts = Fixtures.Facts(name).GetProperty("object_counts");

        Assert.Equal(counts.GetProperty("PU").GetInt32(), cpu.ThreadsOnline);
        Assert.Equal(counts.GetProperty("Core").GetInt32(), cpu.Cores);
        // Made inconsistent on purpose: hwloc drops a package, the kernel's files have it.
        if (!name!.Contains("pci-conflicts"))
        {
            Assert.Equal(counts.GetProperty("Package").GetInt32(), cpu.Sockets);
        }
    }

    [Fact]
    public void Collect_HybridMachine_KeepsCacheSizesApart()
    {
        var caches = Collect(Fixtures.Tree("hwloc/20em64t-hybrid-1p6c2t_2ca4co1t")).Caches;

        // Intel i7-1370P: 6 performance cores with 48 KiB, 8 efficient cores with 32 KiB.
        Assert.Equal(
            [new CacheInfo(1, "Data", 48 << 10, 6, 6 * (48 << 10)), new CacheInfo(1, "Data", 32 << 10, 8, 8 * (32 << 10))],
            caches.Where(cache => cache is { Level: 1, Type: "Data" }));
    }

    [Theory]
    [InlineData("cadvisor/sysfs-epyc7402")]
    [InlineData("cadvisor/sysfs-xeon4214_2socket")]
    [InlineData("cadvisor/sysfs-single_socket_many_NUMAs")]
    public void Collect_OnlyTopologyIds_CountsAsCadvisor(string name)
    {
        var cpu = Collect(Fixtures.Tree(name));
        var facts = Fixtures.Facts(name);

        Assert.Equal(facts.GetProperty("unique_physical_package_id").GetInt32(), cpu.Sockets);
        Assert.Equal(facts.GetProperty("unique_core_id").GetInt32(), cpu.Cores);
        Assert.Equal(facts.GetProperty("cpu_dirs").GetInt32(), cpu.Threads);
    }

    [Fact]
    public void Collect_NothingToRead_KnowsNothing()
    {
        using var tree = new TemporaryTree();

        Assert.Equivalent(new CpuInfo(), Collect(tree.Root), strict: true);
    }

    [Theory]
    [InlineData("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", 2100.0)]
    [InlineData("AMD EPYC 9654 96-Core Processor", null)]
    [InlineData("Something @ home", null)]
    public void BaseMhz_FromTheModelName_OnlyWhenPrinted(string model, double? expected)
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/cpuinfo", $"processor\t: 0\nmodel name\t: {model}\nflags\t\t: fpu lm\n");

        Assert.Equal(expected, Collect(tree.Root).BaseMhz);
    }

    private static CpuInfo Collect(HostRoot root) => new InventoryCollector(root, TimeProvider.System, "1.0.0").Collect().Cpu;

    private static void AssertNames(LscpuOutput lscpu, CpuInfo cpu)
    {
        Assert.Equal(lscpu["Vendor ID"], cpu.Vendor);
        Assert.Equal(lscpu["Model name"], cpu.Model);
        Assert.Equal(lscpu["CPU family"], cpu.Family);
        Assert.Equal(lscpu["Model"], cpu.ModelNumber);
        Assert.Equal(lscpu["Stepping"], cpu.Stepping);
        Assert.Equal(lscpu["Virtualization"] switch { "VT-x" => "vmx", "AMD-V" => "svm", _ => null }, cpu.VirtualizationFeature);
        Assert.Equal((lscpu["Flags"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), cpu.Flags.Order());
    }

    // The newest lscpu writes strides: "0-62:2".
    private static SortedSet<int> Members(string? list)
    {
        var members = new SortedSet<int>();
        foreach (var range in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split('-', ':').Select(part => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            for (var cpu = parts[0]; cpu <= (parts.Length > 1 ? parts[1] : parts[0]); cpu += parts.Length > 2 ? parts[2] : 1)
            {
                members.Add(cpu);
            }
        }

        return members;
    }

    private static int? Parsed(JsonElement facts, string what) =>
        facts.TryGetProperty($"parse_distinct_{what}", out var count) && count.ValueKind == JsonValueKind.Number ? count.GetInt32() : null;

    private static double? Megahertz(string? text) => text is null ? null : double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static string Letter(string type) => type switch { "Data" => "d", "Instruction" => "i", _ => "" };
}
