using Microsoft.Extensions.Logging.Abstractions;
using Nerve.Agent.Journal;
using Nerve.Agent.Policies;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>An agent's run manager on a state folder of its own, with real supervisors.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public TestHost(int mostAtOnce = RunManager.MostAtOnce, bool start = true)
    {
        Folder = Directory.CreateTempSubdirectory("nerve-test-").FullName;
        if (start)
        {
            Start(mostAtOnce);
        }
    }

    public static CancellationToken Timeout => TestContext.Current.CancellationToken;

    public static SupervisorCommand Supervisor { get; } = new(Path.Combine(AppContext.BaseDirectory, "nerve-agent"), "supervise");

    public string Folder { get; }

    public TestCenter Center { get; } = new();

    public RunManager Manager { get; private set; } = null!;

    public RunJournal Journal => new(Folder);

    public string At(string name) => Path.Combine(Folder, name);

    public void Start(int mostAtOnce = RunManager.MostAtOnce, SupervisorCommand? supervisor = null, PolicyFile? policy = null)
    {
        _stop = new CancellationTokenSource();
        Manager = new RunManager(
            Folder, Center, supervisor ?? Supervisor, TimeProvider.System, NullLogger<RunManager>.Instance, mostAtOnce, policy);
        _running = Manager.RunAsync(_stop.Token);
    }

    /// <summary>The agent is gone from one moment to the next, as its supervisors see it.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Manager?.Dispose();
        _stop.Dispose();
    }

    public async Task<RunFinished> RunAsync(RunAssignment assignment)
    {
        await Manager.AcceptAsync(assignment, Timeout);
        return await FinishedAsync(assignment.RunId);
    }

    public Task<RunFinished> FinishedAsync(Guid runId) =>
        Center[runId].Finished.WaitAsync(TimeSpan.FromSeconds(30), Timeout);

    public async Task<int> SupervisorPidAsync(Guid runId)
    {
        await EventuallyAsync(() => Journal.Folder(runId).ReadStarted() is not null, "The run was not started.");
        return Journal.Folder(runId).ReadStarting()!.SupervisorPid;
    }

    public static async Task EventuallyAsync(Func<bool> condition, string otherwise)
    {
        for (var i = 0; i < 500; i++)
        {
            if (condition())
            {
                return;
            }
            await Task.Delay(20, Timeout);
        }
        Assert.Fail(otherwise);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        // A supervisor that an agent started just before it was killed may still write into its folder.
        await EventuallyAsync(TryDelete, $"{Folder} could not be removed.");
    }

    private bool TryDelete()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
