using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Identity;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks.Rollouts;

/// <summary>A rollout that waits for a person, who may take a week.</summary>
public sealed class RestingRolloutTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private int _turns;
    private int _looks;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time, services => FailingStore.Put<ITaskStore>(services, name =>
    {
        _ = name switch
        {
            nameof(ITaskStore.UnfinishedRolloutsAsync) => Interlocked.Increment(ref _turns),
            nameof(ITaskStore.RunsOfRolloutAsync) => Interlocked.Increment(ref _looks),
            _ => 0,
        };
        return false;
    }));

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Paused_IsHardlyLookedAt_AndIsAtOnceWhenResumed()
    {
        await using var agent = await _center.EnrolAsync();
        var task = (await (await _center.PostTaskAsync(new { kind = "command", command = "true", target = new { all = true }, rollout = new { batches = "1" } })).JsonAsync())
            .GetProperty("id").GetGuid();
        using var person = _center.Client(Role.Operator);
        (await person.PostAsync($"/api/v1/tasks/{task}/pause", null, TestCenter.Cancelled)).EnsureSuccessStatusCode();
        await PassTurnsAsync(3); // the task and the pause are looked at

        var (looks, since) = (_looks, _time.GetTimestamp());
        await PassTurnsAsync(25);
        Assert.InRange(_looks - looks, 0, (_time.GetElapsedTime(since).TotalSeconds / 10) + 1);

        for (looks = _looks; looks == _looks;)
        {
            await PassTurnsAsync(1);
        }

        looks = _looks; // just now: the next would be ten seconds away
        (await person.PostAsync($"/api/v1/tasks/{task}/resume", null, TestCenter.Cancelled)).EnsureSuccessStatusCode();
        await PassTurnsAsync(2);
        Assert.NotEqual(looks, _looks);
    }

    /// <summary>Turns of the worker, which has one each second.</summary>
    private async Task PassTurnsAsync(int count)
    {
        for (var turn = 0; turn < count; turn++)
        {
            var before = Volatile.Read(ref _turns);
            await Eventually.HoldsAsync(() =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return Volatile.Read(ref _turns) > before;
            });
        }
    }
}
