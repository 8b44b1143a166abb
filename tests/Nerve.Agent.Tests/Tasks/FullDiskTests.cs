using Nerve.EndToEnd.Harness;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>A disk without room for the agent's state: each run ends in a state with a reason, and the agent is still there.</summary>
public class FullDiskTests
{
    [Fact]
    public async Task Output_LargerThanTheDisk_DoesNotKeepTheResultFromIt()
    {
        await using var host = new TestHost(start: false);
        using var disk = new SmallDisk(host.Folder, mebibytes: 2);
        host.Start();
        var run = Assignments.Command("sh", "-c", "yes | head -c 30000000; exit 4") with { OutputLimitBytes = 16 * 1024 * 1024 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Failed, 4, 30_000_000, true), (result.State, result.ExitCode, result.OutputBytes, result.OutputTruncated));
        Assert.StartsWith("y\ny\n", host.Center[run.RunId].Stdout, StringComparison.Ordinal);
        Assert.Equal(RunState.Succeeded, (await host.RunAsync(Assignments.Command("true"))).State);
    }

    [Fact]
    public async Task Disk_FilledByOthers_HoldsARunUpUntilThereIsRoom()
    {
        await using var host = new TestHost(start: false);
        using var disk = new SmallDisk(host.Folder, mebibytes: 1);
        host.Start();
        var run = Assignments.Command("sh", "-c", "echo up; sleep 0.3; echo over");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");

        disk.Fill();
        await Assert.ThrowsAnyAsync<IOException>(() => host.Manager.AcceptAsync(Assignments.Command("true"), TestHost.Timeout));
        disk.MakeRoom();
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Succeeded, 0), (result.State, result.ExitCode));
        Assert.Equal(RunState.Succeeded, (await host.RunAsync(Assignments.Command("true"))).State);
    }
}
