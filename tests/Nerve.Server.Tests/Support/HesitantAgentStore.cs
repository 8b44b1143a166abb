using System.Collections.Concurrent;
using Nerve.Server.Agents;

namespace Nerve.Server.Tests.Support;

/// <summary>The real store, which takes its time to say who some agents are, to write their status, and to add one.</summary>
internal sealed class HesitantAgentStore(IAgentStore real) : IAgentStore
{
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Asked { get; private set; }

    /// <summary>How often it knows the answer, which it may keep to itself for a while.</summary>
    public int Found { get; private set; }

    /// <summary>What was written of statuses, one entry for each transaction that has begun.</summary>
    public ConcurrentQueue<IReadOnlyCollection<StatusChange>> StatusWrites { get; } = [];

    /// <summary>What each transaction with statuses waits for before it begins to write.</summary>
    public Task StatusMayBeWritten { get; set; } = Task.CompletedTask;

    /// <summary>What a new agent waits for before it is written, and is not when this fails.</summary>
    public Task MayBeAdded { get; set; } = Task.CompletedTask;

    /// <summary>How many new agents came.</summary>
    public int Adding { get; private set; }

    /// <summary>So many times it cannot say who there is.</summary>
    public int FailingPages { get; set; }

    /// <summary>The next removal is made, and its caller told that it failed.</summary>
    public bool LosesAnswerToRemoval { get; set; }

    public void Answer() => _open.TrySetResult();

    /// <summary>Answers the question that waits with an error, and the next ones as they should be.</summary>
    public void Fail()
    {
        var failing = _open;
        _open = new TaskCompletionSource();
        _open.SetResult();
        failing.SetException(new TimeoutException("no connection is free"));
    }

    public async Task<IReadOnlyList<Server.Agents.Agent>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        var open = _open;
        Asked++;
        var found = await real.FindManyAsync(ids, cancellationToken);
        Found++;
        await open.Task.WaitAsync(cancellationToken);
        return found;
    }

    public async Task AddAsync(Server.Agents.Agent agent, CancellationToken cancellationToken)
    {
        Adding++;
        await MayBeAdded.WaitAsync(cancellationToken);
        await real.AddAsync(agent, cancellationToken);
    }

    public Task<Server.Agents.Agent?> FindAsync(Guid id, CancellationToken cancellationToken) => real.FindAsync(id, cancellationToken);

    public Task<Server.Agents.Agent?> FindByCredentialAsync(string credentialHash, CancellationToken cancellationToken) =>
        real.FindByCredentialAsync(credentialHash, cancellationToken);

    public Task<Server.Agents.Agent?> FindByFingerprintAsync(string fingerprint, CancellationToken cancellationToken) =>
        real.FindByFingerprintAsync(fingerprint, cancellationToken);

    public Task<IReadOnlyList<Server.Agents.Agent>> PageAsync(Guid? after, int limit, CancellationToken cancellationToken) =>
        FailingPages-- > 0 ? throw new TimeoutException("no connection is free") : real.PageAsync(after, limit, cancellationToken);

    public Task<Server.Agents.Agent?> UpdateAsync(Guid id, Func<Server.Agents.Agent, Server.Agents.Agent> change, CancellationToken cancellationToken) => real.UpdateAsync(id, change, cancellationToken);

    public async Task SetStatusAsync(IReadOnlyCollection<StatusChange> changes, CancellationToken cancellationToken)
    {
        StatusWrites.Enqueue(changes);
        await StatusMayBeWritten.WaitAsync(cancellationToken);
        await real.SetStatusAsync(changes, cancellationToken);
    }

    public async Task<bool> DeleteAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var was = await real.DeleteAsync(id, at, cancellationToken);
        if (LosesAnswerToRemoval)
        {
            LosesAnswerToRemoval = false;
            throw new TimeoutException("the connection broke");
        }

        return was;
    }
}
