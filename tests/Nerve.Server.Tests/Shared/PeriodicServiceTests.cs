using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Shared;

public sealed class PeriodicServiceTests
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly Logs _logs = new();

    /// <summary>A library that gives up waiting says so as if somebody had cancelled it.</summary>
    [Theory]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Work_Fails_IsDoneAgainAndTheFirstOfFailuresIsLogged(Type failure)
    {
        var outcomes = new Queue<Exception?>([Of(failure), Of(failure), null, Of(failure), null]);
        using var service = new Failing(outcomes, _time, _logs.CreateLogger("Nerve.Failing"));
        await service.StartAsync(TestCenter.Cancelled);

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(s_period);
            return outcomes.Count == 0;
        });

        Assert.False(service.ExecuteTask!.IsCompleted);
        await service.StopAsync(TestCenter.Cancelled);
        Assert.True(service.ExecuteTask.IsCompleted);
        Assert.Equal(2, _logs.Lines.Count());
        Assert.All(_logs.Lines, line => Assert.StartsWith("Warning Nerve.Failing: It could not be done; trying again every 5 s", line, StringComparison.Ordinal));
    }

    private static Exception Of(Type failure) => (Exception)Activator.CreateInstance(failure)!;

    private sealed class Failing(Queue<Exception?> outcomes, TimeProvider time, ILogger logger)
        : PeriodicService(s_period, "It could not be done", time, logger)
    {
        protected override Task WorkAsync(CancellationToken stoppingToken) =>
            outcomes.TryDequeue(out var failure) && failure is not null ? Task.FromException(failure) : Task.CompletedTask;
    }
}
