using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>Nothing of a run outlives it, however it hid.</summary>
public sealed class StoppingTests : IAsyncLifetime
{
    // A daemon by the book: forked twice, in a session of its own, its environment and its streams given up.
    // Its own end after a while keeps a mistake here from staying on the machine.
    private const string Daemonise =
        """
        env -i /usr/bin/setsid -f /bin/sh -c '(echo $$ > "$0.1"; sh -c "echo \$\$ > \"\$0\"; exec sleep 600" "$0.2" & ) </dev/null >/dev/null 2>&1; exec sleep 600 </dev/null >/dev/null 2>&1' "$1"
        until [ -s "$1.1" ] && [ -s "$1.2" ]; do sleep 0.05; done
        echo up
        sleep 600
        """;

    private Site _site = null!;
    private AgentInfo _agent = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await Site.StartAsync();
        (_, _agent) = await _site.StartAgentAsync();
    }

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Timeout_OfARunWithDaemons_LeavesNoneOfThem()
    {
        var (run, _) = await _site.RunAsync(new
        {
            kind = "script",
            script = Daemonise,
            args = new[] { _site.At("daemon") },
            timeoutSeconds = 2,
            target = new { agents = new[] { _agent.Id } },
        });

        Assert.Equal(("timedOut", null, "SIGKILL"), (run.State, run.ExitCode, run.Signal));
        Assert.InRange(run.DurationMilliseconds!.Value, 2000, 30_000);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Cancel_OfARunWithDaemons_LeavesNoneOfThem()
    {
        var task = (await _site.Api.CreateTaskAsync(new
        {
            kind = "script",
            script = "trap '' TERM\n" + Daemonise,
            args = new[] { _site.At("daemon") },
            target = new { agents = new[] { _agent.Id } },
        })).Id;
        using var output = await _site.Api.FollowAsync(task, _agent.Id);
        Assert.Equal("up", await output.ReadLineAsync(TestContext.Current.CancellationToken));

        await _site.Api.CancelAsync(task);
        var run = await _site.OverAsync(task);

        Assert.Equal("cancelled", run.State);
        Assert.Equal("cancelled", (await _site.Api.TaskAsync(task)).State);
        AssertNothingLeft();
    }

    private void AssertNothingLeft()
    {
        foreach (var file in new[] { "daemon.1", "daemon.2" })
        {
            var pid = int.Parse(File.ReadAllText(_site.At(file)));
            Assert.False(Leftovers.IsAlive(pid), $"{file}: {pid} still runs");
        }
    }
}
