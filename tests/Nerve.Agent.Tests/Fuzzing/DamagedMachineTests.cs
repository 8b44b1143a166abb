using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol;

namespace Nerve.Agent.Tests.Fuzzing;

/// <summary>Captured machines with damaged files: nothing crashes a collector. The same cases each time, so that a change is
/// judged by what it changed; NERVE_FUZZ_CASES and NERVE_FUZZ_SEED try more and others.</summary>
public class DamagedMachineTests
{
    private const int DefaultCases = 10_000;
    private const int DefaultSeed = 20_251_128;
    private const int MostFiles = 700;
    private const int Workers = 2;

    private static readonly string[] s_sources =
    [
        "uroot-smbios", "siderolabs-smbios", "cadvisor", "telegraf-bond", "facter-net", "telegraf-hugepages", "telegraf-hwmon", "telegraf-dmi", "telegraf-meminfo",
        "pymdstat", "procfs-cpuinfo", "ansible-cpuinfo", "ohai-cpu", "lxd-cpuinfo", "util-linux-lscpu", "util-linux-lsblk", "libnvme", "node_exporter", "lact",
    ];

    [Fact]
    public void CollectAndSample_DamagedFiles_NeverCrash()
    {
        var machines = s_sources.SelectMany(source => Fixtures.CasesWith("root.tar.gz", [source])).Select(row => row.Data).Where(IsSmall).ToList();
        var cases = Setting("NERVE_FUZZ_CASES") ?? DefaultCases;
        var seed = Setting("NERVE_FUZZ_SEED") ?? DefaultSeed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{cases} cases on {machines.Count} machines and one made up, NERVE_FUZZ_SEED={seed}");

        Parallel.For(0, Workers, worker => Try(machines, cases / Workers, seed + worker, TestContext.Current.CancellationToken));
    }

    private static void Try(IReadOnlyList<string?> machines, int cases, int seed, CancellationToken cancellation)
    {
        using var work = new TemporaryTree();
        // One of everything, so that each source has something to read; and the smaller captures as they are.
        var trees = machines.Select(name => Copy(Fixtures.Tree(name).Directory, Path.Combine(work.Directory, name!.Replace('/', '_'))))
            .Append(FuzzedMachine.Write(Path.Combine(work.Directory, "everything")))
            .ToList();
        var random = new Random(seed);
        for (var i = 0; i < cases && !cancellation.IsCancellationRequested; i++)
        {
            // The one with everything every other time.
            var tree = i % 2 == 0 ? trees[^1] : trees[random.Next(trees.Count)];
            using var damage = new Damage(random, tree);
            try
            {
                CheckInventory(new HostRoot(tree.Directory));
                // The captures have hardly anything that is sampled.
                if (i % 4 != 1)
                {
                    CheckMetrics(new HostRoot(tree.Directory));
                }

                // It reads what the inventory reads.
                if (i % 3 == 0)
                {
                    Assert.NotEmpty(Doctor.Examine(new HostRoot(tree.Directory)));
                }
            }
            catch (Exception e)
            {
                Assert.Fail($"Case {i} with the seed {seed}, {damage}: {e}");
            }
        }
    }

    private static void CheckInventory(HostRoot root)
    {
        var inventory = new InventoryCollector(root, TimeProvider.System, "1.0.0").Collect();
        // What the collector had not foreseen ends up here.
        Assert.DoesNotContain(inventory.Problems, problem => problem.Reason.StartsWith("Could not be read", StringComparison.Ordinal));
        Assert.DoesNotContain("-", JsonSerializer.Serialize(inventory.Disks.Select(disk => disk.SizeBytes)));
        Assert.DoesNotContain("-", JsonSerializer.Serialize(inventory.Memory.Modules.Select(module => module.SizeBytes)));
        Assert.NotEmpty(JsonSerializer.SerializeToUtf8Bytes(inventory, NerveJsonContext.Default.Inventory));
        Assert.Equal(64, inventory.Hash().Length);
    }

    private static void CheckMetrics(HostRoot root)
    {
        var time = new FakeTimeProvider();
        var sampler = new MetricSampler(root, time);
        sampler.Sample();
        time.Advance(TimeSpan.FromSeconds(10));
        var sample = sampler.Sample();
        // Of a damaged label the name may be too long, which is said.
        Assert.All(sampler.Problems, problem => Assert.Equal("metrics", problem.Source));
        Assert.All(sample.Values, value => Assert.True(value is null || double.IsFinite(value.Value)));
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool IsSmall(string? name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.FolderOf(name), "case.json")));
        return json.RootElement.GetProperty("root").GetProperty("files").GetInt32() <= MostFiles;
    }

    private static FuzzedTree Copy(string from, string to)
    {
        var files = new List<string>();
        Copy(new DirectoryInfo(from), to, files);
        return new FuzzedTree(to, files);
    }

    private static void Copy(DirectoryInfo from, string to, List<string> files)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var copy = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } target)
            {
                File.CreateSymbolicLink(copy, target);
            }
            else if (entry is DirectoryInfo directory)
            {
                Copy(directory, copy, files);
            }
            else
            {
                File.Copy(entry.FullName, copy);
                files.Add(copy);
            }
        }
    }

    /// <summary>One to three files damaged, and put back afterwards.</summary>
    private sealed class Damage : IDisposable
    {
        private readonly List<(string Path, byte[] Content)> _before = [];

        public Damage(Random random, FuzzedTree tree)
        {
            foreach (var path in Enumerable.Range(0, random.Next(1, 4)).Select(_ => tree.Files[random.Next(tree.Files.Count)]).Distinct().ToList())
            {
                var content = File.ReadAllBytes(path);
                _before.Add((path, content));
                if (DamagedFiles.Damage(random, content) is { } damaged)
                {
                    File.WriteAllBytes(path, damaged);
                }
                else
                {
                    File.Delete(path);
                    // A directory where a file should be, or a link to itself.
                    switch (random.Next(4))
                    {
                        case 0:
                            Directory.CreateDirectory(path);
                            break;
                        case 1:
                            File.CreateSymbolicLink(path, Path.GetFileName(path));
                            break;
                    }
                }
            }
        }

        public void Dispose()
        {
            foreach (var (path, content) in _before)
            {
                if (Directory.Exists(path))
                {
                    Directory.Delete(path);
                }

                File.Delete(path);
                File.WriteAllBytes(path, content);
            }
        }

        public override string ToString() => string.Join(", ", _before.Select(file => file.Path));
    }
}

/// <summary>A machine's files that are damaged in place.</summary>
internal sealed record FuzzedTree(string Directory, IReadOnlyList<string> Files);
