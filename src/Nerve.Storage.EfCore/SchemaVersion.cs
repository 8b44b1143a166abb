using Microsoft.EntityFrameworkCore;
using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore;

/// <summary>Which schema changes a database has had, and which this program knows.</summary>
internal static class SchemaVersion
{
    /// <exception cref="DatabaseException">A newer program has been at this database: an older one could do it harm.</exception>
    public static async Task EnsureNotNewerAsync(NerveDbContext context, string name, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = await context.Database.GetAppliedMigrationsAsync(cancellationToken);
        if (applied.FirstOrDefault(migration => !known.Contains(migration)) is { } unknown)
        {
            throw new DatabaseException(
                $"The database {name} is newer than this program (it has the schema change '{unknown}'): use the newer nerve-center, or restore a backup.");
        }
    }
}
