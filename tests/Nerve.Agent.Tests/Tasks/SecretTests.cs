using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>Secret variables reach the program, and nothing else.</summary>
public class SecretTests
{
    private const string Secret = "hunter2-correct-horse";

    [Fact]
    public async Task Secret_Printed_IsMaskedInBothStreamsAndAcrossPieces()
    {
        await using var host = new TestHost();
        var run = With(Assignments.Script("echo \"a $PASSWORD b\"; printf hunter2- ; sleep 0.3; printf 'correct-horse\\n'; echo $PASSWORD >&2; printf hunter2-cor"));

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Succeeded, null), (result.State, result.Error));
        Assert.Equal("a *** b\n***\nhunter2-cor", host.Center[run.RunId].Stdout);
        Assert.Equal("***\n", host.Center[run.RunId].Stderr);
    }

    [Fact]
    public async Task Secret_OfARunThatHasStarted_IsNowhereInTheStateFolder()
    {
        await using var host = new TestHost();
        var run = With(Assignments.Script("echo \"up $PASSWORD\"; exec sleep 300"));
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up ***\n", "It did not start.");

        Assert.Equal([], FilesWithTheSecret(host));

        await host.Manager.CancelAsync(new RunCancel(run.RunId, 1));
        await host.FinishedAsync(run.RunId);
    }

    [Fact]
    public async Task Secret_OfARunThatWaits_IsForItsOwnerOnlyAndGoneWithACancel()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var first = Assignments.Command("sleep", "300");
        var second = With(Assignments.Script("true"));
        await host.Manager.AcceptAsync(first, TestHost.Timeout);
        await host.Manager.AcceptAsync(second, TestHost.Timeout);

        var file = Assert.Single(FilesWithTheSecret(host));
        Assert.Equal("secrets.json", Path.GetFileName(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await host.Manager.CancelAsync(new RunCancel(second.RunId, 1));
        await host.FinishedAsync(second.RunId);
        Assert.Equal([], FilesWithTheSecret(host));

        await host.Manager.CancelAsync(new RunCancel(first.RunId, 1));
        await host.FinishedAsync(first.RunId);
    }

    [Fact]
    public async Task Secret_WaitingWhenTheAgentStartsAgain_ReachesTheProgram()
    {
        await using var host = new TestHost(start: false);
        var run = With(Assignments.Script("[ \"$PASSWORD\" = hunter2-correct-horse ] && echo right; echo $PASSWORD"));
        host.Journal.Folder(run.RunId).WriteAssignment(run);

        host.Start();
        await host.FinishedAsync(run.RunId);

        Assert.Equal("right\n***\n", host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Secret_LostFromTheJournal_FailsInsteadOfRunningWithout()
    {
        await using var host = new TestHost(start: false);
        var run = With(Assignments.Command("touch", host.At("ran")));
        var folder = host.Journal.Folder(run.RunId);
        folder.WriteAssignment(run);
        folder.EraseSecrets();

        host.Start();
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Failed, "Its secrets are gone from the agent's journal."), (result.State, result.Error));
        Assert.False(File.Exists(host.At("ran")));
    }

    private static RunAssignment With(RunAssignment run) =>
        run with { SecretEnv = new Dictionary<string, string> { ["PASSWORD"] = Secret } };

    private static List<string> FilesWithTheSecret(TestHost host) =>
        [.. Directory.EnumerateFiles(host.Folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "lock" && File.ReadAllText(file).Contains(Secret, StringComparison.Ordinal))];
}
