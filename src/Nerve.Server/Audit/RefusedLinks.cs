using System.Collections.Concurrent;
using Nerve.Server.Shared;

namespace Nerve.Server.Audit;

/// <summary>Records agents whose hello was refused: a copied identity, a protocol nobody speaks. They come again every few seconds, so of each agent and
/// reason once an hour.</summary>
/// <remarks>What agents report of their runs is kept with the runs.</remarks>
internal sealed class RefusedLinks(AuditLog log, TimeProvider time)
{
    private const int MostKnown = 10_000;

    private static readonly TimeSpan s_once = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(Guid Agent, string Code), long> _recorded = new();

    public async Task RecordAsync(Guid agent, string? address, string code, string detail)
    {
        var now = time.GetTimestamp();
        if (_recorded.TryGetValue((agent, code), out var last) && time.GetElapsedTime(last, now) < s_once)
        {
            return;
        }

        if (_recorded.Count >= MostKnown)
        {
            _recorded.Clear();
        }

        _recorded[(agent, code)] = now;
        try
        {
            await log.WriteAsync(new AuditDraft(time.UtcMilliseconds(), $"agent:{agent}", "link", address, "agent.hello", $"{agent}", code, detail), CancellationToken.None);
        }
        catch (ProblemException)
        {
            // The store is away. It is recorded when the agent comes again, which hears now why it is refused.
            _recorded.TryRemove((agent, code), out _);
        }
    }
}
