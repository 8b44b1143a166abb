using System.Text.Json.Serialization;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>A task as the API shows it. Values of <see cref="Env"/> are shown to those who may see tasks; of
/// <see cref="Secrets"/> there are the names only.</summary>
/// <param name="Abridged">True where of the script, the input, the arguments, the variables or the target's hosts only the beginning is here, as in lists
/// and the live feed; the task itself has them whole. Otherwise left out.</param>
public sealed record TaskView(
    Guid Id,
    TaskKind Kind,
    string Name,
    string? Command,
    string? Script,
    string? Interpreter,
    IReadOnlyList<string> Args,
    IReadOnlyDictionary<string, string> Env,
    IReadOnlyList<string> Secrets,
    string? User,
    string? WorkingDirectory,
    string? Stdin,
    int TimeoutSeconds,
    TaskTarget Target,
    int ExpiresAfterSeconds,
    DateTimeOffset ExpiresAt,
    long OutputLimitBytes,
    TaskState State,
    RunCounts Counts,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    RolloutStatus? Rollout,
    Guid? RetryOf,
    RunLimits? Limits,
    RetrySpec? Retries,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Abridged = null)
{
    public static TaskView Of(NerveTask task, RunCounts counts) => new(
        task.Id, task.Kind, task.Name, task.Spec.Command, task.Spec.Script, task.Spec.Interpreter, task.Spec.Args, task.Spec.Env, task.Spec.SecretNames,
        task.Spec.User, task.Spec.WorkingDirectory, task.Spec.Stdin, task.Spec.TimeoutSeconds, task.Target, task.ExpiresAfterSeconds,
        task.ExpiresAt, task.Spec.OutputLimitBytes, task.State, counts, task.CreatedBy, task.CreatedAt, task.FinishedAt,
        RolloutStatus.Of(task, counts), task.RetryOf, task.Spec.Limits, task.Spec.Retries);

    internal static TaskView Of(BriefTask brief, RunCounts counts) => Of(brief.Task, counts) with { Abridged = brief.IsAbridged ? true : null };
}

/// <summary>A run as the API shows it. Its batch is 1 where the task went to all hosts at once.</summary>
public sealed record RunView(
    Guid Id,
    Guid TaskId,
    Guid AgentId,
    string Hostname,
    RunState State,
    int Batch,
    int Attempt,
    int? ExitCode,
    string? Signal,
    string? Error,
    bool CancelRequested,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    long? DurationMilliseconds,
    long OutputBytes,
    bool OutputTruncated,
    DateTimeOffset? NotBefore)
{
    public static RunView Of(Run run) => new(
        run.Id, run.TaskId, run.AgentId, run.Hostname, run.State, run.Batch + 1, run.Attempt, run.ExitCode, run.Signal, run.Error, run.CancelRequestedAt is not null,
        run.StartedAt, run.FinishedAt, (long?)(run.FinishedAt - run.StartedAt)?.TotalMilliseconds,
        Math.Max(run.OutputBytes, run.StoredBytes), run.OutputTruncated, run.NotBefore);
}

/// <summary>A run with what it executed, for lists of one host.</summary>
public sealed record AgentRunView(RunView Run, string TaskName, TaskKind Kind, string? Command, string CreatedBy, DateTimeOffset CreatedAt);
