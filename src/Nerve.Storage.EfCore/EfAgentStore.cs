using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;

namespace Nerve.Storage.EfCore;

internal sealed class EfAgentStore(Database database) : IAgentStore
{
    public Task AddAsync(Agent agent, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context =>
            {
                context.Agents.Add(agent);
                return context.SaveChangesAsync(cancellationToken);
            },
            cancellationToken);

    public Task<Agent?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Agents.FirstOrDefaultAsync(agent => agent.Id == id, cancellationToken));

    public async Task<IReadOnlyList<Agent>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Agents.Where(agent => ids.Contains(agent.Id)).ToListAsync(cancellationToken));

    public Task<Agent?> FindByCredentialAsync(string credentialHash, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Agents.FirstOrDefaultAsync(agent => agent.CredentialHash == credentialHash, cancellationToken));

    public Task<Agent?> FindByFingerprintAsync(string fingerprint, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Agents
            .Where(agent => agent.Fingerprint == fingerprint)
            .OrderByDescending(agent => agent.LastSeenAt ?? DateTimeOffset.UnixEpoch).ThenByDescending(agent => agent.Id)
            .FirstOrDefaultAsync(cancellationToken));

    public async Task<IReadOnlyList<Agent>> PageAsync(Guid? after, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Agents
            .Where(agent => after == null || agent.Id.CompareTo(after.Value) > 0)
            .OrderBy(agent => agent.Id)
            .Take(limit)
            .ToListAsync(cancellationToken));

    public Task<Agent?> UpdateAsync(Guid id, Func<Agent, Agent> change, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var old = await context.AgentForUpdate(id).FirstOrDefaultAsync(cancellationToken);
                if (old is null)
                {
                    return null;
                }

                var changed = change(old) with { Id = id };
                context.Agents.Update(changed);
                await context.SaveChangesAsync(cancellationToken);
                return changed;
            },
            cancellationToken);

    public Task SetStatusAsync(IReadOnlyCollection<StatusChange> changes, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context =>
            {
                // Of one agent the last change counts.
                var last = new Dictionary<Guid, StatusChange>(changes.Count);
                foreach (var change in changes)
                {
                    last[change.AgentId] = change;
                }

                return database.SetStatusesAsync(context, [.. last.Values], cancellationToken);
            },
            cancellationToken);

    /// <remarks>The agent goes first: a heartbeat that comes meanwhile finds none, or its samples are removed below.</remarks>
    public Task<bool> DeleteAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var known = await context.Agents.Where(agent => agent.Id == id).ExecuteDeleteAsync(cancellationToken) > 0;
                await context.Samples.Where(sample => sample.AgentId == id).ExecuteDeleteAsync(cancellationToken);
                await context.RollUps.Where(rollUp => rollUp.AgentId == id).ExecuteDeleteAsync(cancellationToken);
                await context.StaleHours.Where(stale => stale.AgentId == id).ExecuteDeleteAsync(cancellationToken);
                await context.Inventories.Where(inventory => inventory.AgentId == id).ExecuteDeleteAsync(cancellationToken);
                var waiting = await context.Runs
                    .Where(run => run.AgentId == id && (run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running))
                    .Select(run => run.TaskId).Order().ToListAsync(cancellationToken);
                await context.Runs.Where(run => run.AgentId == id).ExecuteDeleteAsync(cancellationToken);
                foreach (var task in waiting)
                {
                    await TaskProgress.FollowRunsAsync(context, task, at, cancellationToken);
                }

                return known;
            },
            cancellationToken);
}
