using Nerve.Server.Identity;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks.Rollouts;

/// <summary>A rollout that waits for a person, who may take a week.</summary>
public sealed class RestingRolloutTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<Guid> _paused = new();
    private int _looks;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(adjust: services => FailingStore.Put<ITaskStore>(services, (name, arguments) =>
    {
        if (name == nameof(ITaskStore.RunsOfRolloutAsync) && _paused.Task.IsCompletedSuccessfully && arguments.Contains(_paused.Task.Result))
        {
            Interlocked.Increment(ref _looks);
        }

        return false;
    }));

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Paused_IsHardlyLookedAt_AndGoesOnAtOnceWhenResumed()
    {
        await using var first = await _center.JoinAsync("gpu-1");
        await using var second = await _center.JoinAsync("gpu-2");
        var task = (await (await _center.PostTaskAsync(new { kind = "command", command = "true", target = new { all = true }, rollout = new { batches = "1" } })).JsonAsync())
            .GetProperty("id").GetGuid();
        var run = await first.NextRunAsync(task);
        using var person = _center.Client(Role.Operator);
        (await person.PostAsync($"/api/v1/tasks/{task}/pause", null, TestCenter.Cancelled)).EnsureSuccessStatusCode();
        await first.FinishAsync(run.RunId);

        await Task.Delay(TimeSpan.FromSeconds(2), TestCenter.Cancelled); // the pause and the end of the run are looked at
        _paused.SetResult(task);
        await Task.Delay(TimeSpan.FromSeconds(6), TestCenter.Cancelled); // of those whose turn comes each second there are five
        Assert.InRange(_looks, 0, 2);

        (await person.PostAsync($"/api/v1/tasks/{task}/resume", null, TestCenter.Cancelled)).EnsureSuccessStatusCode();
        await second.NextRunAsync(task);
    }
}
