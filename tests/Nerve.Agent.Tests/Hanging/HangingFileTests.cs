using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Identity;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Inventories;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>A file that hangs costs its own value and nothing else.</summary>
public class HangingFileTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    [Fact]
    public void Inventory_FileOfADiskHangs_HasTheOtherDisksAndAProblem()
    {
        using var tree = new TemporaryTree();
        tree.Write("/etc/hostname", "here\n").Write("/sys/block/sda/size", "8\n").Write("/sys/block/sdb/size", "16\n").Write("/sys/block/sdb/device/model", "B\n");
        var fifo = tree.Directory + "/sys/block/sda/device/model";
        Fifo.Make(fifo);

        var inventory = Machines.Collect(tree.Root);

        Assert.Equal([("sda", 4096L), ("sdb", 8192L)], inventory.Disks.Select(disk => (disk.Name, disk.SizeBytes!.Value)));
        Assert.Equal("B", inventory.Disks[1].Model);
        Assert.Equal("here", inventory.Host.Hostname);
        var problem = Assert.Single(inventory.Problems);
        Assert.Equal("/sys/block/sda/device/model", problem.Source);
        Assert.Contains("hangs", problem.Reason);
        Fifo.Release(fifo);
    }

    [Fact]
    public void Inventory_SeveralFilesHang_EachIsAProblem()
    {
        using var tree = new TemporaryTree();
        string[] files = ["/sys/class/net/eth0/speed", "/sys/block/sda/device/model", "/proc/mdstat"];
        foreach (var file in files)
        {
            Fifo.Make(tree.Directory + file);
        }

        tree.Write("/sys/block/sda/size", "8\n").Write("/sys/class/net/eth0/mtu", "9000\n");
        var inventory = Machines.Collect(tree.Root);

        Assert.Equal(files.Order(), inventory.Problems.Select(problem => problem.Source).Order());
        Assert.Equal(9000, Assert.Single(inventory.Network).Mtu);
        Array.ForEach(files, file => Fifo.Release(tree.Directory + file));
    }

    [Fact]
    public void Sample_FileHangs_TheNextOnesDoNotWaitForIt()
    {
        var time = new FakeTimeProvider();
        using var tree = new TemporaryTree();
        tree.Write("/proc/loadavg", "0.5 0.4 0.3 1/2 3\n");
        Fifo.Make(tree.Directory + "/proc/pressure/cpu");
        var sampler = new MetricSampler(tree.Root, time);

        Assert.Equal(0.5, sampler.Sample()["load.1m"]);
        Assert.Equal("/proc/pressure/cpu", Assert.Single(sampler.Problems).Source);

        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0.5, sampler.Sample()["load.1m"]);
        }

        // Ten times the patience would be 20 s.
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
        Fifo.Release(tree.Directory + "/proc/pressure/cpu");
    }

    [Fact]
    public void Runner_FileThatHungAnswersAgain_IsReadAgain()
    {
        using var tree = new TemporaryTree();
        var fifo = tree.Directory + "/sys/hung";
        Fifo.Make(fifo);
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(200), s_limit);

        Assert.Equal("nothing", runner.Run(files => files.ReadLine("/sys/hung") ?? "nothing"));
        Assert.Equal(["/sys/hung"], runner.Stuck);

        Fifo.Release(fifo);
        Assert.True(SpinWait.SpinUntil(() => runner.Stuck.Count == 0, TimeSpan.FromSeconds(30)));
        tree.Remove("/sys/hung");
        tree.Write("/sys/hung", "well\n");
        Assert.Equal("well", runner.Run(files => files.ReadLine("/sys/hung") ?? "nothing"));
    }

    [Fact]
    public void Runner_EverythingHangs_GivesUp()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, Enumerable.Range(0, 20).Select(i => $"/sys/{i}/file"));
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500));

        Assert.Throws<TimeoutException>(() => runner.Run(files => string.Concat(fifos.Paths.Select(files.ReadLine))));
    }

    [Fact]
    public void Runner_TwoFilesOfADirectoryHang_LeavesTheOthersThereAloneToo()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, Enumerable.Range(0, 20).Select(i => $"/sys/card/{i}"));
        tree.Write("/sys/other/0", "well\n");
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(100), s_limit);

        Assert.Equal("well", runner.Run(files => string.Concat(fifos.Paths.Append("/sys/other/0").Select(files.ReadLine))));

        Assert.Equal(["/sys/card"], runner.Stuck);
    }

    [Fact]
    public async Task Runner_StateHangsWhileItIsMade_IsMadeAgainWithoutTheFile()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, ["/sys/hung"]);
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(100), s_limit);
        string Run()
        {
            (FileWatch, string)? state = null;
            return runner.Run(ref state, files => files.ReadLine("/sys/hung") ?? "nothing", made => made);
        }

        Assert.Equal("nothing", await InTime(Run));
    }

    [Fact]
    public void Runner_SomethingThatIsNoFileHangs_IsLeftOut()
    {
        using var gate = new ManualResetEventSlim();
        var runner = new PatientRunner(new HostRoot("/"), TimeSpan.FromMilliseconds(100), s_limit);

        Assert.Equal("nothing", runner.Run(files => files.Ask("a driver", () => Wait(gate)) ?? "nothing"));
        Assert.Equal(["a driver"], runner.Stuck);

        gate.Set();
        Assert.True(SpinWait.SpinUntil(() => runner.Stuck.Count == 0, TimeSpan.FromSeconds(30)));
        Assert.Equal("answer", runner.Run(files => files.Ask("a driver", () => Wait(gate)) ?? "nothing"));
    }

    [Fact]
    public void Runner_NoFileIsToBlame_GivesUpAfterAWhileAndLeavesOneThreadBehind()
    {
        using var gate = new ManualResetEventSlim();
        var started = 0;
        var runner = new PatientRunner(new HostRoot("/"), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300));
        string Run() => runner.Run(_ =>
        {
            Interlocked.Increment(ref started);
            return Wait(gate);
        });

        Assert.Throws<TimeoutException>(Run);
        Assert.Throws<TimeoutException>(Run);
        Assert.Equal(1, started);

        gate.Set();
        string? answer = null;
        Assert.True(SpinWait.SpinUntil(() => (answer = Try(Run)) is not null, TimeSpan.FromSeconds(30)));
        Assert.Equal("answer", answer);
    }

    [Fact]
    public void Runner_OneFileInTheMidstOfAnother_IsTheOneThatHangs()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, ["/sys/inner"]);
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(100), s_limit);

        Assert.Equal("outer", runner.Run(files => files.Ask("outer", () => files.ReadLine("/sys/inner") ?? "outer")!));
        Assert.Equal(["/sys/inner"], runner.Stuck);
    }

    [Fact]
    public void Runner_WorkFails_ThrowsWhatItThrew()
    {
        var runner = new PatientRunner(new HostRoot("/"), s_limit);

        Assert.Equal("no", Assert.Throws<InvalidDataException>(() => runner.Run<string>(_ => throw new InvalidDataException("no"))).Message);
    }

    [Fact]
    public async Task Sample_FileThatSourcesAreFoundByHangs_IsLeftOut()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, ["/sys/class/powercap/intel-rapl:0/name"]);
        tree.Write("/proc/loadavg", "0.5 0.4 0.3 1/2 3\n").Write("/sys/class/powercap/intel-rapl:0/energy_uj", "1\n");

        var sample = await InTime(() => new MetricSampler(tree.Root, new FakeTimeProvider()).Sample());

        Assert.Equal(0.5, sample["load.1m"]);
    }

    [Fact]
    public async Task Inventory_DirectoryIsFrozen_HasTheRestAndWhatWasKnown()
    {
        using var tree = new TemporaryTree();
        tree.Write("/etc/hostname", "here\n").Write("/sys/class/net/eth0/mtu", "9000\n").Write("/sys/class/net/eth0/address", "02:00:00:00:00:01\n");
        var collector = new InventoryCollector(tree.Root, TimeProvider.System, "1.0.0");
        var before = collector.Collect();
        using var frozen = new FrozenMount(tree.Directory + "/sys/class/net");

        var inventory = await InTime(collector.Collect);

        Assert.Equal("here", inventory.Host.Hostname);
        Assert.Contains(inventory.Problems, problem => problem.Source.StartsWith("/sys/class/net", StringComparison.Ordinal));
        Assert.Equal(Hash(before, "network"), Hash(inventory, "network"));
    }

    [Fact]
    public async Task MountPoints_OneIsFrozen_IsKeptAsItIs()
    {
        using var frozen = new FrozenMount();
        Mount[] mounts = [new("1:1", "/part", frozen.Path + "/file", "ext4", "/dev/sda1", false)];
        var runner = new PatientRunner(new HostRoot("/"), TimeSpan.FromMilliseconds(200), s_limit);

        Assert.Equal(mounts, await InTime(() => runner.Run(files => MountTable.WithoutFiles(files, mounts))));
    }

    [Fact]
    public void Inventory_FileThatWasReadBeforeHangs_KeepsWhatItSaid()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", "8\n").Write("/sys/block/sda/device/model", "Fine disk\n").Write("/sys/block/sda/device/vendor", "ATA\n");
        var collector = new InventoryCollector(tree.Root, TimeProvider.System, "1.0.0");
        var before = collector.Collect();
        Assert.Equal("Fine disk", Assert.Single(before.Disks).Model);
        tree.Remove("/sys/block/sda/device/model");
        using var fifos = new Fifos(tree, ["/sys/block/sda/device/model"]);

        var inventory = collector.Collect();

        Assert.Equal(Hash(before, "disks"), Hash(inventory, "disks"));
        Assert.Equal("/sys/block/sda/device/model", Assert.Single(inventory.Problems).Source);
    }

    [Fact]
    public void Inventory_TooMuchHangs_IsTheLastKnown()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", "8\n");
        var collector = new InventoryCollector(tree.Root, TimeProvider.System, "1.0.0", limit: TimeSpan.FromSeconds(4));
        var before = collector.Collect();
        using var fifos = new Fifos(tree, ["/proc/mdstat", "/proc/cpuinfo", "/proc/meminfo", "/etc/os-release"]);

        var inventory = collector.Collect();

        Assert.Equal(before.Disks, inventory.Disks);
        Assert.Contains("last seen", Assert.Single(inventory.Problems).Reason, StringComparison.Ordinal);

        // What hangs is known now, so the next look is a new one.
        Assert.True(SpinWait.SpinUntil(() => !collector.Collect().Problems.Any(problem => problem.Source == "files"), TimeSpan.FromMinutes(2)));
    }

    /// <summary>An empty one would say that every part was removed.</summary>
    [Fact]
    public void Inventory_TooMuchHangsAndNothingIsKnown_IsNone()
    {
        using var tree = new TemporaryTree();
        using var fifos = new Fifos(tree, ["/proc/mdstat", "/proc/cpuinfo", "/proc/meminfo", "/etc/os-release"]);
        var collector = new InventoryCollector(tree.Root, TimeProvider.System, "1.0.0", limit: TimeSpan.FromSeconds(3));

        Assert.Throws<TimeoutException>(collector.Collect);
    }

    /// <summary>One identifier less would make it another machine, and the agent would give its identity up.</summary>
    [Fact]
    public async Task HostFacts_IdentifierHangs_HaveNoFingerprint()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/sys/kernel/hostname", "here\n").Write("/proc/sys/kernel/random/boot_id", "b\n").Write("/sys/class/dmi/id/product_uuid", "4c4c4544-0042\n");
        Assert.NotNull(HostFacts.Read(tree.Root).Fingerprint);
        using var fifos = new Fifos(tree, ["/sys/class/dmi/id/product_serial"]);

        Assert.Equal(new HostFacts("here", "b", null), await InTime(() => HostFacts.Read(tree.Root)));
    }

    [Fact]
    public async Task Doctor_FileHangs_SaysSoAndTheRest()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/meminfo", "MemTotal: 1 kB\n");
        using var fifos = new Fifos(tree, ["/sys/class/dmi/id/product_serial"]);

        var checks = await InTime(() => Doctor.Examine(tree.Root));

        Assert.Equal(DoctorVerdict.Ok, checks.Single(check => check.Name == "memory figures").Verdict);
        Assert.Contains("/sys/class/dmi/id/product_serial", checks.Single(check => check.Name == "files that hang").Finding, StringComparison.Ordinal);
    }

    private static string Hash(Inventory inventory, string section) => InventorySections.HashesOf(inventory)[section];

    private static string Wait(ManualResetEventSlim gate)
    {
        gate.Wait();
        return "answer";
    }

    private static string? Try(Func<string> run)
    {
        try
        {
            return run();
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>What hangs without end would hang this test as well.</summary>
    private static Task<T> InTime<T>(Func<T> work) => Task.Run(work).WaitAsync(TimeSpan.FromMinutes(2));
}
