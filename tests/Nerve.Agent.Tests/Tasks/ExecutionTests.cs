using System.Text;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>What a run sees of the host, and what the center sees of the run.</summary>
public class ExecutionTests
{
    [Fact]
    public async Task Command_ExitsWithZero_Succeeds()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("true");

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Succeeded, 0, null, null), (result.State, result.ExitCode, result.Signal, result.Error));
        Assert.NotNull(result.StartedAt);
        Assert.InRange(result.FinishedAt, result.StartedAt.Value, DateTimeOffset.UtcNow);
        Assert.Equal(["started", "finished"], host.Center[run.RunId].Calls);
    }

    [Theory]
    [InlineData("exit 3", 3, null)]
    [InlineData("exit 137", 137, null)]
    [InlineData("kill -KILL $$", null, "SIGKILL")]
    [InlineData("kill -SEGV $$", null, "SIGSEGV")]
    [InlineData("kill -TERM $$", null, "SIGTERM")]
    public async Task Command_EndsBadly_ReportsTheExitCodeOrTheSignal(string script, int? code, string? signal)
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("sh", "-c", script));

        Assert.Equal((RunState.Failed, code, signal), (result.State, result.ExitCode, result.Signal));
    }

    [Fact]
    public async Task Arguments_WithBlanksQuotesAndStars_ArriveUnharmed()
    {
        await using var host = new TestHost();
        string[] args = ["a b", "", "\"quoted\" 'single'", "$HOME `id` *", "new\nline", "\\", "ü 🎉"];
        var run = Assignments.Command("printf", ["[%s]", .. args]);

        await host.RunAsync(run);

        Assert.Equal(string.Concat(args.Select(arg => $"[{arg}]")), host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Output_OfBothStreams_KeepsOrderAndBytes()
    {
        await using var host = new TestHost();
        var run = Assignments.Command(
            "sh", "-c", @"printf 'a\377\000b'; sleep 0.2; printf 'e1\200' >&2; sleep 0.2; printf 'c'; sleep 0.2; printf e2 >&2");

        var result = await host.RunAsync(run);

        var reported = host.Center[run.RunId];
        Assert.Equal([(byte)'a', 0xff, 0, (byte)'b', (byte)'c'], reported.Bytes(OutputStream.Stdout));
        Assert.Equal([(byte)'e', (byte)'1', 0x80, (byte)'e', (byte)'2'], reported.Bytes(OutputStream.Stderr));
        Assert.Equal(Encoding.UTF8.GetString([(byte)'a', 0xff, 0, (byte)'b', (byte)'e', (byte)'1', 0x80, (byte)'c', (byte)'e', (byte)'2']), reported.Both);
        Assert.Equal((10, false), (result.OutputBytes, result.OutputTruncated));
    }

    [Fact]
    public async Task Output_WhileRunning_ArrivesBeforeTheEnd()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "echo first; exec sleep 30");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);

        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "first\n", "The output did not come.");

        Assert.False(host.Center[run.RunId].Finished.IsCompleted);
        await host.Manager.CancelAsync(new RunCancel(run.RunId, 5));
        await host.FinishedAsync(run.RunId);
    }

    [Fact]
    public async Task Output_BeyondTheLimit_KeepsStartAndEndAndSaysWhatIsLeftOut()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "yes | head -c 3000000; echo end") with { OutputLimitBytes = 100_000 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Succeeded, 3_000_004, true), (result.State, result.OutputBytes, result.OutputTruncated));
        // Half of the limit is the end, and the start is the other half without room for two lines of 128 bytes.
        var (start, end) = (50_000 - 256, 50_000 - "end\n".Length);
        Assert.Equal(
            Ys(start) + $"\n[nerve: {3_000_000 - start - end} bytes are left out here]\n" + Ys(end) + "end\n", host.Center[run.RunId].Stdout);
        Assert.Empty(host.Center[run.RunId].Stderr);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(4000, "4000")]
    public async Task Output_BeyondASmallLimit_KeepsTheStart(int limit, string length)
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "yes | head -c 5000") with { OutputLimitBytes = limit };

        var result = await host.RunAsync(run);

        Assert.Equal((5000, true), (result.OutputBytes, result.OutputTruncated));
        Assert.Equal(length, host.Center[run.RunId].Stdout.Length is var kept and > 0 ? $"{kept}" : "");
    }

    [Fact]
    public async Task Output_OfAMillionLines_IsKeptWhole()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("seq", "1000000") with { OutputLimitBytes = 16 * 1024 * 1024 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Succeeded, 6_888_896, false), (result.State, result.OutputBytes, result.OutputTruncated));
        Assert.Equal(string.Concat(Enumerable.Range(1, 1_000_000).Select(i => $"{i}\n")), host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Output_ThatNeverEnds_IsStoppedByTheTimeLimit()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "yes; :") with { TimeoutSeconds = 1 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.TimedOut, true), (result.State, result.OutputTruncated));
        Assert.InRange(result.OutputBytes, run.OutputLimitBytes, long.MaxValue);
        Assert.InRange(host.Center[run.RunId].Stdout.Length, run.OutputLimitBytes - 256, run.OutputLimitBytes);
        Assert.Contains("bytes are left out here", host.Center[run.RunId].Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_OfFiveMegabytes_Runs()
    {
        await using var host = new TestHost();
        var run = Assignments.Script(string.Concat(Enumerable.Repeat("# 4 and 12: 16\n", 5 * 1024 * 1024 / 15)) + "echo over");

        await host.RunAsync(run);

        Assert.Equal("over\n", host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Process_Always_GivesWayToOthers()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("nice; ionice -p $$");

        var result = await host.RunAsync(run);

        Assert.Equal(("10\nbest-effort: prio 7\n", "", null), (host.Center[run.RunId].Stdout, host.Center[run.RunId].Stderr, result.Error));
    }

    [Fact]
    public async Task Stdin_Text_IsWrittenAndClosed()
    {
        await using var host = new TestHost();
        var text = string.Concat(Enumerable.Repeat("line ü\n", 40_000));
        var run = Assignments.Command("cat") with { Stdin = text };

        await host.RunAsync(run);

        Assert.Equal(text, host.Center[run.RunId].Stdout);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Stdin_None_IsEmpty(string? stdin)
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("cat") with { Stdin = stdin });

        Assert.Equal((RunState.Succeeded, 0), (result.State, result.OutputBytes));
    }

    [Fact]
    public async Task Stdin_NotReadByTheProgram_DoesNotBlock()
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("true") with { Stdin = new string('x', 1_000_000) });

        Assert.Equal(RunState.Succeeded, result.State);
    }

    [Fact]
    public async Task Environment_Always_IsCleanButForTheAssignment()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("env") with { Env = new Dictionary<string, string> { ["GREETING"] = "a=b c", ["LANG"] = "de_DE.UTF-8" } };

        await host.RunAsync(run);

        var self = (await File.ReadAllLinesAsync("/etc/passwd", TestHost.Timeout))
            .Select(line => line.Split(':')).First(fields => fields[0] == Environment.UserName);
        string[] expected =
        [
            "GREETING=a=b c", $"HOME={self[5]}", "LANG=de_DE.UTF-8", $"LOGNAME={self[0]}", $"NERVE_RUN_ID={run.RunId}",
            $"NERVE_TASK_ID={run.TaskId}", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", $"SHELL={self[6]}", $"USER={self[0]}",
        ];
        Assert.Equal(expected, host.Center[run.RunId].Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Process_Always_StartsWithDefaultSignalsItsOwnSessionAndThreeStreams()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/$$/fd; umask; cut -d' ' -f6 /proc/$$/stat; echo $$");

        await host.RunAsync(run);

        var lines = host.Center[run.RunId].Stdout.Split('\n');
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "0", "1", "2", "0022"], lines[..6]);
        Assert.Equal(lines[7], lines[6]);
    }

    [Fact]
    public async Task WorkingDirectory_Given_IsEntered()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("pwd") with { WorkingDirectory = "/usr/share" };

        await host.RunAsync(run);

        Assert.Equal("/usr/share\n", host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task WorkingDirectory_Missing_FailsAndSaysSo()
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("pwd") with { WorkingDirectory = "/no/such/place" });

        Assert.Equal((RunState.Failed, null, null), (result.State, result.ExitCode, result.StartedAt));
        Assert.Equal("The working directory '/no/such/place' cannot be used: No such file or directory.", result.Error);
    }

    [Theory]
    [InlineData("no-such-program", "Program 'no-such-program' was not found in PATH (/usr/local/sbin:")]
    [InlineData("/no/such/program", "Program '/no/such/program' does not exist.")]
    [InlineData("/etc/passwd", "'/etc/passwd' may not be executed")]
    [InlineData("/usr", "'/usr' is a folder")]
    [InlineData("", "The task names no program to run.")]
    public async Task Command_NotExecutable_FailsAndSaysWhy(string program, string error)
    {
        await using var host = new TestHost();
        var run = Assignments.Command(program);

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Failed, null, null), (result.State, result.ExitCode, result.StartedAt));
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
        Assert.Equal(["finished"], host.Center[run.RunId].Calls);
    }

    [Fact]
    public async Task Command_ArgumentsTooLong_FailsAndSaysSo()
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("true", new string('x', 200_000)));

        Assert.Equal((RunState.Failed, "'/usr/bin/true' cannot be started: Argument list too long."), (result.State, result.Error));
    }

    [Fact]
    public async Task Command_WithNulCharacter_IsRefused()
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("echo", "a\0b"));

        Assert.Equal(RunState.Failed, result.State);
        Assert.Contains("NUL", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo \"$1-$2 $(basename \"$0\")\"", null, "x y-z script\n")]
    [InlineData("#!/usr/bin/env perl\nprint join('|', @ARGV), \"\\n\";", null, "x y|z\n")]
    [InlineData("#!/usr/bin/perl -l\r\nprint $ARGV[0];", null, "x y\n")]
    [InlineData("print join('+', @ARGV);", "perl", "x y+z")]
    [InlineData("#!/usr/bin/perl\nfalse; echo not reached", "/bin/sh -e", "")]
    [InlineData("#! /bin/bash -e\nfalse; echo not reached", null, "")]
    public async Task Script_WithItsInterpreter_GetsArguments(string script, string? interpreter, string expected)
    {
        await using var host = new TestHost();
        var run = Assignments.Script(script, "x y", "z") with { Interpreter = interpreter };

        await host.RunAsync(run);

        Assert.Equal(("", expected), (host.Center[run.RunId].Stderr, host.Center[run.RunId].Stdout));
    }

    [Fact]
    public async Task Script_InterpreterMissing_FailsAndSaysSo()
    {
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Script("#!/opt/none/python3\nprint(1)"));

        Assert.Equal((RunState.Failed, "Program '/opt/none/python3' does not exist."), (result.State, result.Error));
    }

    [Fact]
    public async Task User_Unknown_FailsAndSaysSo()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can run as another user.");
        await using var host = new TestHost();

        var result = await host.RunAsync(Assignments.Command("id") with { User = "no-such-user" });

        Assert.Equal((RunState.Failed, "There is no user 'no-such-user' on this host."), (result.State, result.Error));
    }

    [Fact]
    public async Task User_Other_RunsWithItsGroupsAndHome()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can run as another user.");
        await using var host = new TestHost();
        var script = Assignments.Script("id; echo $HOME $USER; grep -c 0000000000000000 /proc/self/status; kill -0 $PPID || echo apart; cat $0 | wc -l") with { User = "nobody" };

        await host.RunAsync(script);

        using var id = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("id", "nobody") { RedirectStandardOutput = true })!;
        var lines = host.Center[script.RunId].Stdout.Split('\n');
        Assert.Equal((await id.StandardOutput.ReadToEndAsync(TestHost.Timeout)).Trim(), lines[0]);
        Assert.Equal("/nonexistent nobody", lines[1]);
        Assert.Contains("apart", lines);
        Assert.False(Directory.Exists($"/run/nerve-agent-scripts/{script.RunId}"));
    }

    [Fact]
    public async Task BackgroundChild_AfterANormalEnd_LivesOnAndDoesNotHoldTheResult()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sh", "-c", "sleep 20 & echo $!");

        var result = await host.RunAsync(run);

        var pid = int.Parse(host.Center[run.RunId].Stdout);
        Assert.Equal(RunState.Succeeded, result.State);
        Assert.True(Directory.Exists($"/proc/{pid}"));
        System.Diagnostics.Process.GetProcessById(pid).Kill();
    }

    private static string Ys(int bytes) => string.Concat(Enumerable.Repeat("y\n", bytes / 2));
}
