using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Results of runs whose end nobody watched, and their words.</summary>
internal static class RunEndings
{
    public const string CancelledBeforeStart = "It was cancelled before it was started.";

    public static string Expired(DateTimeOffset expiresAt) =>
        $"It was not started by {expiresAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, when the task expired.";

    public static RunFinished NeverStarted(Guid runId, RunState state, string error, TimeProvider time) =>
        new(runId, state, null, null, error, null, time.GetUtcNow(), 0, false);

    public static RunFinished Lost(Guid runId, string error, DateTimeOffset? startedAt, long outputBytes, TimeProvider time) =>
        new(runId, RunState.Lost, null, null, error, startedAt, time.GetUtcNow(), outputBytes, false);
}
