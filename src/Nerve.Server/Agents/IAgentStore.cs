namespace Nerve.Server.Agents;

/// <summary>Where agents are kept. All times are UTC milliseconds; text compares ordinally.</summary>
public interface IAgentStore
{
    /// <exception cref="Shared.UniqueConflictException">The id or the credential is there already.</exception>
    Task AddAsync(Agent agent, CancellationToken cancellationToken);

    Task<Agent?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Those of them that there are, in any order.</summary>
    Task<IReadOnlyList<Agent>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken);

    Task<Agent?> FindByCredentialAsync(string credentialHash, CancellationToken cancellationToken);

    /// <summary>The one seen last, if several machines claim the same hardware.</summary>
    Task<Agent?> FindByFingerprintAsync(string fingerprint, CancellationToken cancellationToken);

    /// <summary>In order of id, those after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Agent>> PageAsync(Guid? after, int limit, CancellationToken cancellationToken);

    /// <summary>Replaces everything that <paramref name="change"/> changes, reading and writing in one transaction.
    /// Null if there is no such agent: it MUST NOT be inserted.</summary>
    Task<Agent?> UpdateAsync(Guid id, Func<Agent, Agent> change, CancellationToken cancellationToken);

    /// <summary>Writes statuses; unknown agents are passed over. Cancelled, it has written all of them or none.</summary>
    Task SetStatusAsync(IReadOnlyCollection<StatusChange> changes, CancellationToken cancellationToken);

    /// <summary>Removes the agent with its samples, inventories and runs. Idempotent; false if there was none.</summary>
    /// <remarks>Its tasks follow the runs that remain; one that waited only for this agent is cancelled at <paramref name="at"/>.</remarks>
    Task<bool> DeleteAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken);
}

/// <summary>An agent's status changed.</summary>
public sealed record StatusChange(Guid AgentId, AgentStatus Status, DateTimeOffset At);
