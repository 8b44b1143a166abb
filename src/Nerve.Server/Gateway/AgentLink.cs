using Microsoft.AspNetCore.SignalR;

namespace Nerve.Server.Gateway;

/// <summary>An agent's link that ends here, and which runs were sent over it not long ago.</summary>
/// <remarks>While a link lasts it loses nothing. A run that waits for its turn on the host is not sent again with every look at what waits, but after a
/// while all the same, should the agent have failed to take it; and over the next link at once.</remarks>
internal sealed class AgentLink(HubCallerContext context)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>An array of just those: nearly always there are none or one, and there are thousands of links.</summary>
    private volatile (Guid Run, long At)[] _sent = [];

    public HubCallerContext Context => context;

    public string ConnectionId => context.ConnectionId;

    /// <param name="runs">What was sent.</param>
    /// <param name="time">Tells when.</param>
    public void NoteSent(IReadOnlyCollection<Guid> runs, TimeProvider time)
    {
        if (runs.Count == 0)
        {
            return;
        }

        var now = time.GetTimestamp();
        _sent = [.. _sent.Where(sent => IsFresh(sent.At, time) && !runs.Contains(sent.Run)), .. runs.Select(run => (run, now))];
    }

    public bool WasSent(Guid run, TimeProvider time) => _sent.Any(sent => sent.Run == run && IsFresh(sent.At, time));

    private static bool IsFresh(long at, TimeProvider time) => time.GetElapsedTime(at) < s_patience;
}
