using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

public class SpaceProbeTests
{
    private static readonly FilesystemSpace s_space = new(1000, 400, 300, 10, 5);

    [Fact]
    public void Measure_HungServer_AnswersForTheOthersAndDoesNotAskAgain()
    {
        using var answer = new ManualResetEventSlim();
        var asked = 0;
        var probe = new SpaceProbe(TimeSpan.FromMilliseconds(200), point =>
        {
            if (point == "/nfs")
            {
                Interlocked.Increment(ref asked);
                answer.Wait(TestContext.Current.CancellationToken);
            }

            return s_space;
        });
        Mount[] mounts = [Local("/"), Remote("/nfs"), Remote("/other"), Local("/data")];

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["/", "/data", "/other"], probe.Measure(mounts).Keys.Order());
            Assert.Equal(["/nfs"], probe.Stuck);
        }

        Assert.Equal(1, asked);
        answer.Set();
        Assert.True(SpinWait.SpinUntil(() => probe.Stuck.Count == 0, TimeSpan.FromSeconds(10)));
        Assert.Equal(4, probe.Measure(mounts).Count);
    }

    [Fact]
    public void Measure_HungDisk_LosesTheOthersForOneRoundOnly()
    {
        using var answer = new ManualResetEventSlim();
        var probe = new SpaceProbe(TimeSpan.FromMilliseconds(200), point =>
        {
            if (point == "/dead")
            {
                answer.Wait(TestContext.Current.CancellationToken);
            }

            return s_space;
        });
        Mount[] mounts = [Local("/"), Local("/dead"), Local("/data")];

        Assert.Equal(["/"], probe.Measure(mounts).Keys);
        Assert.Equal(["/", "/data"], probe.Measure(mounts).Keys.Order());
        answer.Set();
    }

    [Fact]
    public void Measure_RunningMachine_AgreesWithTheRuntime()
    {
        var drive = new DriveInfo("/");

        var space = new SpaceProbe().Measure([Local("/")])["/"];

        Assert.Equal(drive.TotalSize, space.TotalBytes);
        Assert.InRange(space.FreeBytes, drive.TotalFreeSpace - (1L << 30), drive.TotalFreeSpace + (1L << 30));
        Assert.InRange(space.AvailableBytes, drive.AvailableFreeSpace - (1L << 30), drive.AvailableFreeSpace + (1L << 30));
        Assert.True(space.FreeInodes <= space.Inodes);
    }

    [Fact]
    public void UsedPercent_ReservedBlocks_CountsAsDf()
    {
        // 600 used of 900 that users can have: df prints 67 %.
        Assert.Equal(66.667, s_space.UsedPercent!.Value, 3);
        Assert.Equal(50, s_space.InodesUsedPercent);
        Assert.Null(new FilesystemSpace(0, 0, 0, 0, 0).UsedPercent);
        Assert.Null(new FilesystemSpace(1000, 400, 300, 0, 0).InodesUsedPercent);
    }

    private static Mount Local(string point) => new(point, "/", point, "ext4", "/dev/sda", false);

    private static Mount Remote(string point) => new(point, "/", point, "nfs4", "server:/", false);
}
