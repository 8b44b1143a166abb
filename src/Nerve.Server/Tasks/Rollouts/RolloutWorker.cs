using Nerve.Server.Nodes;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Leads every rollout on: when a run ended, and each second. Every node does, for any of them may end.</summary>
/// <remarks>One that waits for a person is looked at now and then: somebody may take a week, and each look reads its task and its open runs.</remarks>
public sealed partial class RolloutWorker(
    ITaskStore store, RolloutStepper stepper, RolloutSignals signals, INodeRegistry nodes, TimeProvider time, ILogger<RolloutWorker> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    /// <summary>Many runs end together; one step serves them all.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    /// <summary>Those that wait for a person, and when they were looked at.</summary>
    private readonly Dictionary<Guid, long> _resting = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await StepAllAsync(stoppingToken);
            await signals.WaitAsync(s_period, stoppingToken);
            await Task.Delay(s_pause, time, stoppingToken);
        }
    }

    private async Task StepAllAsync(CancellationToken cancellationToken)
    {
        // Who does not hear of the other nodes takes their hosts for offline.
        if (nodes.IsCutOff)
        {
            return;
        }

        var rung = signals.Take();
        IReadOnlyList<Guid> tasks = [];
        await TryAsync("all", async () => tasks = await store.UnfinishedRolloutsAsync(cancellationToken), cancellationToken);
        signals.Tasks = tasks.ToHashSet();
        foreach (var task in tasks.Where(task => rung.Contains(task) || !IsResting(task)))
        {
            _resting.Remove(task);
            await TryAsync(task.ToString(), () => LeadOnAsync(task, cancellationToken), cancellationToken);
        }

        foreach (var over in _resting.Keys.Except(tasks).ToList())
        {
            _resting.Remove(over);
        }
    }

    private bool IsResting(Guid task) => _resting.TryGetValue(task, out var since) && time.GetElapsedTime(since) < s_rest;

    private async Task LeadOnAsync(Guid task, CancellationToken cancellationToken)
    {
        // Hosts that are watched after their batch are so until the next one begins, which a person may order at any moment.
        if (await stepper.LeadOnAsync(task, cancellationToken) is { Phase: RolloutPhase.Paused } or { Phase: RolloutPhase.Confirming, Spec.SoakSeconds: 0 })
        {
            _resting[task] = time.GetTimestamp();
        }
    }

    private async Task TryAsync(string which, Func<Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailure(logger, which, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The rollout ({Task}) could not be led on; trying again soon")]
    private static partial void LogFailure(ILogger logger, string task, Exception exception);
}
