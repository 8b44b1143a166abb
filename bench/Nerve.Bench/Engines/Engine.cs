using Nerve.Bench.Baselines;
using Nerve.Bench.Programs;
using Nerve.Storage.EfCore;

namespace Nerve.Bench.Engines;

/// <summary>A kind of store with two databases of its own: one for a center that runs as users run it, one for this process.</summary>
/// <param name="Name">For people.</param>
/// <param name="Goal">Heartbeats a second.</param>
/// <param name="Bare">What the engine takes by its quickest means.</param>
/// <param name="Means">Those, in words.</param>
/// <param name="Site">With the one database.</param>
/// <param name="Database">The other.</param>
internal abstract record Engine(string Name, double Goal, BareLoop Bare, string Means, Site Site, Database Database) : IAsyncDisposable
{
    /// <summary>How many samples the site's database holds.</summary>
    public abstract Task<long> CountAsync(CancellationToken cancellationToken);

    public virtual async ValueTask DisposeAsync()
    {
        Database.Dispose();
        await Bare.DisposeAsync();
        await Site.DisposeAsync();
    }
}
