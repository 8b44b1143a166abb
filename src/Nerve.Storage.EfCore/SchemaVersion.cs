using Microsoft.EntityFrameworkCore;

namespace Nerve.Storage.EfCore;

/// <summary>A database that this program cannot use; the text says why and what to do.</summary>
public sealed class DatabaseException(string message, Exception? inner = null) : Exception(message, inner);

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
