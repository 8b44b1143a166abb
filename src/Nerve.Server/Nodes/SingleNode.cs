using Nerve.Server.Shared;

namespace Nerve.Server.Nodes;

/// <summary>A node that is alone: nobody to tell, nobody to wait for, every job its own.</summary>
public sealed class SingleNode(NodeIdentity identity, NerveServerOptions options, TimeProvider time) : INodeBus, IFleetState, INodeRegistry, IJobLocks
{
    private readonly DateTimeOffset _startedAt = time.UtcMilliseconds();

    public bool HasOthers => false;

    public bool IsConnected => true;

    public IReadOnlyList<NodeInfo> Nodes => [new NodeInfo(identity.Id, options.Version, _startedAt, time.UtcMilliseconds(), options.Schema)];

    public bool IsCutOff => false;

    public IReadOnlyList<string> Problems => [];

    public event Action<string, NodeNews>? Received
    {
        add { }
        remove { }
    }

    public event Action<bool>? ConnectedChanged
    {
        add { }
        remove { }
    }

    public event Action<string, bool>? Gone
    {
        add { }
        remove { }
    }

    public void Publish(NodeNews news)
    {
    }

    public Task JoinAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SaveAsync(IReadOnlyCollection<AgentState> states, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(Guid agentId, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<AgentState>> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AgentState>>([]);

    public Task<IAsyncDisposable?> TryTakeAsync(string job, CancellationToken cancellationToken) =>
        Task.FromResult<IAsyncDisposable?>(new Granted());

    private sealed class Granted : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
