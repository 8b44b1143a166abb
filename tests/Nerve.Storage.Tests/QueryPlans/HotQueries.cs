using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Audit;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>What a center asks again and again, on a <see cref="LargeFleet"/>.</summary>
internal static class HotQueries
{
    private const int Any = 4321;

    private static readonly Guid s_agent = LargeFleet.Id('A', Any);
    private static readonly Guid s_task = LargeFleet.Id('B', Any);
    private static readonly Guid s_run = LargeFleet.Id('C', Any);
    private static readonly DateTimeOffset s_weekAgo = Build.Now.AddDays(-7);

    /// <summary>The work by its name; each name is one test on each engine.</summary>
    private static readonly Dictionary<string, Func<TestStores, CancellationToken, Task>> s_hot = new()
    {
        ["an agent"] = (stores, cancel) => stores.Agents.FindAsync(s_agent, cancel),
        ["some agents"] = (stores, cancel) => stores.Agents.FindManyAsync([s_agent, LargeFleet.Id('A', 7)], cancel),
        ["an agent by its credential"] = (stores, cancel) => stores.Agents.FindByCredentialAsync("credential-77", cancel),
        ["an agent by its fingerprint"] = (stores, cancel) => stores.Agents.FindByFingerprintAsync("fingerprint-77", cancel),
        ["a page of agents"] = (stores, cancel) => stores.Agents.PageAsync(s_agent, 100, cancel),
        ["a change of an agent"] = (stores, cancel) => stores.Agents.UpdateAsync(s_agent, old => old with { Hostname = "new" }, cancel),
        ["a change of status"] = (stores, cancel) => stores.Agents.SetStatusAsync([new(s_agent, AgentStatus.Offline, Build.Now)], cancel),
        ["a week of samples"] = (stores, cancel) => stores.Metrics.ReadAsync(s_agent, s_weekAgo, Build.Now, 5000, cancel),
        ["the newest sample"] = (stores, cancel) => stores.Metrics.LatestAsync(s_agent, cancel),
        ["pruning samples"] = (stores, cancel) => stores.Metrics.PruneAsync(s_weekAgo.AddHours(2), 10, cancel),
        ["a month of roll-ups"] = (stores, cancel) => stores.RollUps.ReadAsync(s_agent, RollUpLevel.OneHour, s_weekAgo.AddDays(-23), Build.Now, 200, cancel),
        ["hours to roll up"] = (stores, cancel) => stores.RollUps.StaleAsync(Build.Now.AddDays(-6), Build.Now, 100, cancel),
        ["stale hours of an agent"] = (stores, cancel) => stores.RollUps.StaleOfAsync(s_agent, s_weekAgo, Build.Now, 1000, cancel),
        ["pruning roll-ups"] = (stores, cancel) => stores.RollUps.PruneAsync(RollUpLevel.FiveMinutes, s_weekAgo.AddHours(2), 10, cancel),
        ["the newest inventory"] = (stores, cancel) => stores.Inventories.LatestAsync(s_agent, cancel),
        ["a history of inventories"] = (stores, cancel) => stores.Inventories.HistoryAsync(s_agent, Build.Now, 10, cancel),
        ["pruning inventories"] = (stores, cancel) => stores.Inventories.PruneAsync(Build.Now.AddMinutes(-30), 10, cancel),
        ["pruning output"] = (stores, cancel) => stores.Tasks.PruneOutputAsync(s_weekAgo, 10, cancel),
        ["a task"] = (stores, cancel) => stores.Tasks.FindAsync(s_task, cancel),
        ["a task by its key"] = (stores, cancel) => stores.Tasks.FindByKeyAsync("ada", "key-77", cancel),
        ["the newest tasks"] = (stores, cancel) => stores.Tasks.ListAsync(null, null, null, 100, cancel),
        ["tasks of a state"] = (stores, cancel) => stores.Tasks.ListAsync(TaskState.Running, null, LargeFleet.Id('B', 4999), 10, cancel),
        ["counts of runs"] = (stores, cancel) => stores.Tasks.CountRunsAsync([s_task, LargeFleet.Id('B', 7)], cancel),
        ["a run"] = (stores, cancel) => stores.Tasks.FindRunAsync(s_run, cancel),
        ["a run of an agent"] = (stores, cancel) => stores.Tasks.FindRunAsync(s_task, s_agent, cancel),
        ["runs of a task"] = (stores, cancel) => stores.Tasks.ListRunsAsync(s_task, null, null, 100, cancel),
        ["runs of an agent"] = (stores, cancel) => stores.Tasks.ListRunsOfAgentAsync(s_agent, null, 100, cancel),
        ["open runs of an agent"] = (stores, cancel) => stores.Tasks.OpenRunsAsync(s_agent, 100, cancel),
        ["agents with work"] = (stores, cancel) => stores.Tasks.AgentsWithWorkAsync(cancel),
        ["overdue runs"] = (stores, cancel) => stores.Tasks.OverdueRunsAsync(Build.Now, TimeSpan.FromHours(1), 100, cancel),
        ["the end of a run"] = (stores, cancel) => stores.Tasks.ChangeRunAsync(
            LargeFleet.Id('C', 99_950), RunTransitions.Open, old => old with { State = RunState.Succeeded, FinishedAt = Build.Now }, cancel),
        ["the work of many agents"] = (stores, cancel) => stores.Tasks.OpenRunsAsync([s_agent, LargeFleet.Id('A', 78)], 100, cancel),
        ["a rollout's batch"] = (stores, cancel) => stores.Tasks.RunsOfRolloutAsync(s_task, 1, true, cancel),
        ["counts by batch"] = (stores, cancel) => stores.Tasks.CountRunsByBatchAsync(s_task, cancel),
        ["rollouts to go on with"] = (stores, cancel) => stores.Tasks.UnfinishedRolloutsAsync(cancel),
        ["output to fold"] = (stores, cancel) => stores.Tasks.UnhashedRunsAsync(s_task, 100, cancel),
        ["folded output"] = (stores, cancel) => stores.Tasks.CountOutputsAsync(s_task, cancel),
        ["output"] = (stores, cancel) => stores.Tasks.AppendOutputAsync(Build.Output(s_run, 16, []), cancel),
        ["reading output"] = (stores, cancel) => stores.Tasks.ReadOutputAsync(s_run, 0, 100, cancel),
        ["the newest of the record"] = (stores, cancel) => stores.Audit.ListAsync(new AuditFilter(), null, 100, cancel),
        ["the record further back"] = (stores, cancel) => stores.Audit.ListAsync(new AuditFilter(), 10_000, 100, cancel),
        ["the record of a person"] = (stores, cancel) => stores.Audit.ListAsync(new AuditFilter(Who: "user-77"), null, 100, cancel),
        ["the record of an action"] = (stores, cancel) => stores.Audit.ListAsync(new AuditFilter(Action: "area.verb-77"), null, 100, cancel),
        ["the record of a target"] = (stores, cancel) => stores.Audit.ListAsync(new AuditFilter(Target: "target-77"), null, 100, cancel),
        ["an entry of the record"] = (stores, cancel) =>
            stores.Audit.AppendAsync([new AuditDraft(Build.Now, "user-77", "cookie", null, "area.verb-77", "target-77", "ok")], cancel),
        ["a user"] = (stores, cancel) => stores.Users.FindAsync("user-77", cancel),
        ["a token"] = (stores, cancel) => stores.Tokens.FindApiTokenAsync("secret-77", cancel),
        ["an enrolment token"] = (stores, cancel) => stores.Tokens.FindEnrolTokenAsync("secret-77", cancel),
        ["a use of an enrolment token"] = (stores, cancel) => stores.Tokens.UseEnrolTokenAsync(LargeFleet.Id('D', 77), Build.Now, cancel),
        ["a use that is given back"] = (stores, cancel) => stores.Tokens.GiveBackEnrolTokenUseAsync(LargeFleet.Id('D', 77), cancel),
    };

    public static TheoryData<string> Names => [.. s_hot.Keys];

    public static Task RunAsync(string name, TestStores stores, CancellationToken cancel) => s_hot[name](stores, cancel);
}
