using System.Collections.Concurrent;
using Nerve.Server.Ingestion;

namespace Nerve.Server.Tests.Support;

/// <summary>The real store behind a switch: it can be away, slow, and counts its batches.</summary>
internal sealed class FaultyHeartbeatStore : IHeartbeatStore
{
    private volatile TaskCompletionSource _open = Opened();

    /// <summary>The real one; without one everything is taken and remembered here.</summary>
    public IHeartbeatStore? Real { get; set; }

    public volatile bool IsAway;

    public ConcurrentQueue<IReadOnlyList<HeartbeatWrite>> Batches { get; } = new();

    public int Attempts;

    /// <summary>Does not end when asked to, as a database whose machine has gone.</summary>
    public volatile bool IsDeaf;

    /// <summary>Attempts that have not ended.</summary>
    public int Waiting;

    public HashSet<Guid> Unknown { get; } = [];

    /// <summary>Makes writers wait until <see cref="Release"/>.</summary>
    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _open.TrySetResult();

    public async Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Attempts);
        Interlocked.Increment(ref Waiting);
        try
        {
            await _open.Task.WaitAsync(IsDeaf ? CancellationToken.None : cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref Waiting);
        }

        if (IsAway)
        {
            throw new IOException("the disk is gone");
        }

        var unknown = Real is null
            ? batch.Select(heartbeat => heartbeat.AgentId).Where(Unknown.Contains).ToHashSet()
            : await Real.WriteAsync(batch, cancellationToken);
        Batches.Enqueue(batch);
        return unknown;
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
