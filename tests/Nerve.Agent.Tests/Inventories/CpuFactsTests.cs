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

    // SPARC describes caches and flags in files of its own, and the agent does not run there.
    public static TheoryData<string?> DescribedCases => Fixtures.CasesWith("*lscpu*.txt", s_lscpuSources, except: "sparc64");

    // Shortened to two processors by hand.
    public static TheoryData<string?> CpuInfoCases => Fixtures.CasesWith("lscpu.txt", ["ohai-cpu"], except: "x86-guest-vtx");

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
    [MemberData(nameof(DescribedCases))]
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
    [MemberData(nameof(DescribedCases))]
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

    private static int? Parsed(JsonElement facts, string what) =>
        facts.TryGetProperty($"parse_distinct_{what}", out var count) && count.ValueKind == JsonValueKind.Number ? count.GetInt32() : null;

    private static double? Megahertz(string? text) => text is null ? null : double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static string Letter(string type) => type switch { "Data" => "d", "Instruction" => "i", _ => "" };
}
