namespace Nerve.Server.Nodes;

/// <summary>Lets one node at a time do what must not be done by several.</summary>
public interface IJobLocks
{
    /// <summary>Null: another node is at it, or nobody can say. Otherwise the job is this node's until it is disposed of, or until the node is
    /// out of touch for some seconds: a job must bear being done twice all the same.</summary>
    Task<IAsyncDisposable?> TryTakeAsync(string job, CancellationToken cancellationToken);
}
