using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Inventories;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>A file that hangs costs its own value and nothing else.</summary>
public class HangingFileTests
{
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
        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(200));

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
        for (var i = 0; i < 20; i++)
        {
            Fifo.Make($"{tree.Directory}/sys/{i}");
        }

        var runner = new PatientRunner(tree.Root, TimeSpan.FromMilliseconds(100));

        Assert.Throws<TimeoutException>(() => runner.Run(files => string.Concat(Enumerable.Range(0, 20).Select(i => files.ReadLine($"/sys/{i}")))));
        for (var i = 0; i < 20; i++)
        {
            Fifo.Release($"{tree.Directory}/sys/{i}");
        }
    }

    [Fact]
    public void Runner_WorkFails_ThrowsWhatItThrew()
    {
        var runner = new PatientRunner(new HostRoot("/"));

        Assert.Equal("no", Assert.Throws<InvalidDataException>(() => runner.Run<string>(_ => throw new InvalidDataException("no"))).Message);
    }
}
