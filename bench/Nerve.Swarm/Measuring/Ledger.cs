using System.Globalization;

namespace Nerve.Swarm.Measuring;

/// <summary>What the center promised each agent of the swarm, and when the agent was last linked to it.</summary>
internal sealed class Ledger(int agents, TimeProvider time)
{
    private readonly long[] _promised = new long[agents];
    private readonly long[] _firstAt = new long[agents];
    private readonly long[] _lastAt = new long[agents];
    private readonly int[] _links = new int[agents];

    /// <summary>The agent's samples up to this one are stored, says the center. Agents send the next one only then.</summary>
    public void Promise(int agent, long sequence) => Volatile.Write(ref _promised[agent], sequence);

    public long PromisedTo(int agent) => Volatile.Read(ref _promised[agent]);

    public void Linked(int agent)
    {
        Interlocked.CompareExchange(ref _firstAt[agent], time.GetTimestamp(), 0);
        Interlocked.Increment(ref _links[agent]);
    }

    public void Unlinked(int agent)
    {
        Volatile.Write(ref _lastAt[agent], time.GetTimestamp());
        Interlocked.Decrement(ref _links[agent]);
    }

    /// <summary>Whether the agent has a link, or had one not longer ago than this.</summary>
    public bool WasLinkedWithin(int agent, TimeSpan moment) =>
        Volatile.Read(ref _links[agent]) > 0 || (Volatile.Read(ref _lastAt[agent]) is not 0 and var at && time.GetElapsedTime(at) < moment);

    /// <summary>Since when the agent is linked, for people.</summary>
    public string StoryOf(int agent) =>
        $"it was linked first {Ago(Volatile.Read(ref _firstAt[agent]))}, " + (Volatile.Read(ref _links[agent]) > 0
            ? "and is linked now"
            : $"and lost its link {Ago(Volatile.Read(ref _lastAt[agent]))}");

    private string Ago(long at) => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(at).TotalSeconds:F1} s ago");

    /// <summary>Whether the agent had its first link longer ago than this: every node has heard of it.</summary>
    public bool IsKnownSince(int agent, TimeSpan moment) =>
        Volatile.Read(ref _firstAt[agent]) is not 0 and var at && time.GetElapsedTime(at) > moment;
}
