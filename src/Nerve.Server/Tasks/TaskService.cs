using System.Security.Cryptography;
using System.Text.Json;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>A task that somebody asked for.</summary>
/// <param name="Task">As it was made.</param>
/// <param name="Hosts">For so many hosts, now; null when it was there already.</param>
public readonly record struct MadeTask(NerveTask Task, int? Hosts);

/// <summary>Makes tasks and cancels them.</summary>
public sealed partial class TaskService(
    ITaskStore store, TaskSecrets secrets, TargetHosts targets, RunDispatcher dispatcher, RolloutStepper rollouts, RolloutSignals signals, TaskNews news, IdSource ids,
    TimeProvider time, ILogger<TaskService> logger)
{
    /// <summary>Makes the task and offers it to its hosts. With the same key and request as before: the same task.</summary>
    /// <exception cref="ProblemException">The request is malformed, its target is empty or unknown, or the key is taken by another request.</exception>
    public async Task<MadeTask> CreateAsync(
        CreateTask request, string createdBy, string? key, CancellationToken cancellationToken, Guid? retryOf = null)
    {
        CreateTaskRules.Check(request);
        var hash = HashOf(request);
        if (await SameAsBeforeAsync(createdBy, key, hash, cancellationToken) is { } known)
        {
            return new MadeTask(known, null);
        }

        var hosts = await HostsAsync(request.Target, cancellationToken);
        var task = Build(request, createdBy, key, hash, hosts.Count) with { RetryOf = retryOf };
        var runs = NewRuns(task, hosts);
        try
        {
            await store.AddAsync(task, runs, cancellationToken);
        }
        catch (UniqueConflictException) when (key is not null)
        {
            return new MadeTask(await SameAsBeforeAsync(createdBy, key, hash, cancellationToken) ?? throw Problems.Conflict("task.key", "Try again."), null);
        }

        LogCreated(logger, task.Id, task.Kind, runs.Count, createdBy);
        await news.TaskAsync(task.Id, cancellationToken);
        if (task.Rollout is null)
        {
            dispatcher.Wake([.. runs.Select(run => run.AgentId)]);
        }

        signals.Ring(task.Id);
        return new MadeTask(task, runs.Count);
    }

    /// <summary>Ends what has not been sent, and asks the hosts to stop the rest. Cancelling twice is no error.</summary>
    public async Task CancelAsync(Guid taskId, string by, CancellationToken cancellationToken)
    {
        var stopped = await store.ChangeRolloutAsync(
            taskId, rollout => RolloutMachine.Cancel(rollout, by) is { } over ? over with { Step = rollout.Step + 1 } : null, cancellationToken);
        if (stopped is not null)
        {
            await rollouts.EndUnbegunAsync(taskId, stopped, cancellationToken);
        }

        // A further attempt may take the place of a run that ends meanwhile.
        while (await CancelOpenAsync(taskId, cancellationToken))
        {
        }

        LogCancelled(logger, taskId, by);
        await news.TaskAsync(taskId, cancellationToken);
    }

    /// <returns>Whether there were any that nobody had asked to stop.</returns>
    private async Task<bool> CancelOpenAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var any = false;
        Guid? after = null;
        while (true)
        {
            var (runs, _) = await store.ListRunsAsync(taskId, null, after, PageRequest.MaxLimit, cancellationToken);
            var open = runs.Where(run => !run.IsOver && run.CancelRequestedAt is null).ToList();
            any |= open.Count > 0;
            await CancelAsync(open, cancellationToken);
            if (runs.Count < PageRequest.MaxLimit)
            {
                return any;
            }

            after = runs[^1].Id;
        }
    }

    private async Task CancelAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        if (runs.Count == 0)
        {
            return;
        }

        var now = time.UtcMilliseconds();
        var changed = await store.ChangeRunsAsync([.. runs.Select(run => new RunChange(run.Id, old => Cancel(old, now)))], cancellationToken);
        news.Runs([.. changed.Select(run => run.After).OfType<Run>()]);
        dispatcher.Wake([.. runs.Select(run => run.AgentId)]);
    }

    private static Run? Cancel(Run run, DateTimeOffset now) =>
        run.IsOver ? null
        : run.OfferedAt is null ? run with { State = RunState.Cancelled, CancelRequestedAt = now, FinishedAt = now }
        : run with { CancelRequestedAt = run.CancelRequestedAt ?? now };

    private async Task<NerveTask?> SameAsBeforeAsync(string createdBy, string? key, string hash, CancellationToken cancellationToken)
    {
        if (key is null || await store.FindByKeyAsync(createdBy, key, cancellationToken) is not { } known)
        {
            return null;
        }

        return known.RequestHash == hash
            ? known
            : throw Problems.Conflict("task.keyReused", "This Idempotency-Key was used for a different task: use a new key.");
    }

    /// <summary>Of secrets the names only: a hash of a short value tells the value.</summary>
    private static string HashOf(CreateTask request) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        request with { Secrets = request.Secrets?.Keys.Order(StringComparer.Ordinal).ToDictionary(name => name, _ => "") })));

    private NerveTask Build(CreateTask request, string createdBy, string? key, string hash, int hosts)
    {
        var now = time.UtcMilliseconds();
        var id = ids.Next();
        var expires = request.ExpiresAfterSeconds ?? CreateTask.DefaultExpiresAfterSeconds;
        return new NerveTask
        {
            Id = id,
            Kind = request.Kind,
            Name = request.Name ?? "",
            Spec = new TaskSpec
            {
                Command = request.Command,
                Args = request.Args ?? [],
                Script = request.Script,
                Interpreter = request.Interpreter,
                Env = request.Env ?? new Dictionary<string, string>(),
                SecretNames = [.. request.Secrets?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()],
                User = request.User,
                WorkingDirectory = request.WorkingDirectory,
                Stdin = request.Stdin,
                TimeoutSeconds = request.TimeoutSeconds ?? CreateTask.DefaultTimeoutSeconds,
                Retries = request.Retries,
                OutputLimitBytes = request.OutputLimitBytes ?? CreateTask.DefaultOutputLimitBytes,
                Limits = request.Limits?.ForAgents(),
            },
            SealedSecrets = secrets.Seal(id, request.Secrets),
            Target = request.Target,
            Rollout = request.Rollout is { } rollout ? new Rollout { Spec = rollout, Hosts = hosts, Batches = rollout.Ends(hosts).Count } : null,
            ExpiresAfterSeconds = expires,
            ExpiresAt = now.AddSeconds(expires),
            CreatedBy = createdBy,
            CreatedAt = now,
            IdempotencyKey = key,
            RequestHash = key is null ? null : hash,
        };
    }

    private async Task<IReadOnlyList<AgentSummary>> HostsAsync(TaskTarget target, CancellationToken cancellationToken) =>
        await targets.FindAsync(target, cancellationToken) is { Count: > 0 } hosts
            ? hosts
            : throw Problems.Unprocessable("task.noTarget", "The target matches no agent: nothing would run.");

    private List<Run> NewRuns(NerveTask task, IReadOnlyList<AgentSummary> hosts)
    {
        var ends = task.Rollout?.Spec.Ends(hosts.Count) ?? [hosts.Count];
        var runs = new List<Run>(hosts.Count);
        for (var (batch, i) = (0, 0); i < hosts.Count; i++)
        {
            batch += i == ends[batch] ? 1 : 0;
            runs.Add(new Run
            {
                Id = ids.Next(),
                TaskId = task.Id,
                AgentId = hosts[i].Id,
                Hostname = hosts[i].Hostname,
                Batch = batch,
                State = task.Rollout is null ? RunState.Pending : RunState.Waiting,
            });
        }

        return runs;
    }

    [LoggerMessage(1, LogLevel.Information, "Task {Task} ({Kind}) for {Hosts} hosts created by {User}")]
    private static partial void LogCreated(ILogger logger, Guid task, TaskKind kind, int hosts, string user);

    [LoggerMessage(2, LogLevel.Information, "Task {Task} cancelled by {User}")]
    private static partial void LogCancelled(ILogger logger, Guid task, string user);
}
