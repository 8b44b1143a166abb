using System.Text.Json.Serialization;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>The body of <c>POST /tasks/{id}/retry</c>.</summary>
/// <param name="States">The runs to repeat: those that are over in one of these states; failed, timedOut and lost when left out.</param>
/// <param name="Secrets">Needed again where the task had some: the center forgot them when it was over.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RetryTask(IReadOnlyList<RunState>? States = null, IReadOnlyDictionary<string, string>? Secrets = null);

/// <summary>Makes a new task of the runs of an old one that did not succeed; the old one stays as it is.</summary>
public sealed class TaskRetry(ITaskStore store, AgentDirectory fleet, TaskService tasks)
{
    private static readonly RunState[] s_usual = [RunState.Failed, RunState.TimedOut, RunState.Lost];

    /// <exception cref="ProblemException">There is no such task, or no such run.</exception>
    public async Task<MadeTask> RetryAsync(
        Guid taskId, RetryTask request, string createdBy, string? key, CancellationToken cancellationToken)
    {
        var old = await store.FindAsync(taskId, cancellationToken) ?? throw Problems.NotFound("task.unknown", $"There is no task {taskId}.");
        CheckSecrets(old, request);
        var hosts = new List<Guid>();
        foreach (var state in (request.States is { Count: > 0 } states ? states : s_usual).Distinct())
        {
            if (RunTransitions.Unfinished.Contains(state) || state == RunState.Retried)
            {
                throw Problems.Invalid("states", "must be states of runs that are over");
            }

            hosts.AddRange(await HostsAsync(taskId, state, cancellationToken));
        }

        hosts.RemoveAll(host => !fleet.Has(host)); // removed meanwhile
        return hosts.Count == 0
            ? throw Problems.Unprocessable("task.nothingToRetry", "No run of this task ended in one of these states.")
            : await tasks.CreateAsync(Again(old, hosts, request.Secrets), createdBy, key, cancellationToken, old.Id);
    }

    private async Task<IReadOnlyList<Guid>> HostsAsync(Guid taskId, RunState state, CancellationToken cancellationToken)
    {
        var hosts = new List<Guid>();
        Guid? after = null;
        while (true)
        {
            var (runs, _) = await store.ListRunsAsync(taskId, state, after, PageRequest.MaxLimit, cancellationToken);
            hosts.AddRange(runs.Select(run => run.AgentId));
            if (runs.Count < PageRequest.MaxLimit)
            {
                return hosts;
            }

            after = runs[^1].Id;
        }
    }

    private static CreateTask Again(NerveTask old, IReadOnlyList<Guid> hosts, IReadOnlyDictionary<string, string>? secrets) => new(
        old.Kind, new TaskTarget { Agents = hosts }, old.Spec.Command, old.Spec.Args, old.Spec.Script, old.Spec.Interpreter, old.Name, old.Spec.Env,
        old.Spec.User, old.Spec.WorkingDirectory, old.Spec.Stdin, old.Spec.TimeoutSeconds, old.ExpiresAfterSeconds, old.Spec.OutputLimitBytes,
        old.Rollout?.Spec, TaskLimits.Of(old.Spec.Limits), secrets, old.Spec.Retries);

    private static void CheckSecrets(NerveTask old, RetryTask request)
    {
        var missing = old.Spec.SecretNames.Where(name => request.Secrets?.ContainsKey(name) != true).ToList();
        if (missing.Count > 0)
        {
            throw Problems.Invalid("secrets", $"must give {string.Join(", ", missing)} again: the center does not keep the secrets of a task");
        }
    }
}
