namespace Nerve.Agent.Link;

/// <summary>The centers in turn, beginning with any of them; one that asked for time is left alone that long.</summary>
internal sealed class Centers(IReadOnlyList<Uri> addresses, TimeProvider time, Func<double> random)
{
    private readonly Dictionary<Uri, DateTimeOffset> _notBefore = [];
    private int _next = (int)(random() * addresses.Count);

    /// <summary>The next center and how long to wait before asking it.</summary>
    public (Uri Address, TimeSpan Wait) Next()
    {
        var now = time.GetUtcNow();
        var order = Enumerable.Range(_next, addresses.Count).Select(index => addresses[index % addresses.Count]).ToList();
        var chosen = order.MinBy(address => Wait(address, now))!;
        _next = (_next + order.IndexOf(chosen) + 1) % addresses.Count;
        return (chosen, Wait(chosen, now));
    }

    public void LeaveAlone(Uri address, TimeSpan period) => _notBefore[address] = time.GetUtcNow() + period;

    private TimeSpan Wait(Uri address, DateTimeOffset now) =>
        _notBefore.TryGetValue(address, out var until) && until > now ? until - now : TimeSpan.Zero;
}
