using System.Collections.Concurrent;
using Nerve.Server.Live;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Live;

/// <summary>A browser that takes in an event when it is told to.</summary>
internal sealed class ScriptedBrowser : ILiveClient
{
    private readonly ConcurrentQueue<LiveEvent> _begun = new();
    private readonly SemaphoreSlim _room = new(0);

    /// <summary>All that were sent to it, of which the last may be on its way.</summary>
    public IReadOnlyList<LiveEvent> Begun => [.. _begun];

    public static LiveLink NewLink() => new(new ScriptedBrowser(), _ => null, _ => { });

    public void Take(int events) => _room.Release(events);

    public Task Event(LiveEvent message)
    {
        _begun.Enqueue(message);
        return _room.WaitAsync(TestCenter.Cancelled);
    }
}
