using Microsoft.EntityFrameworkCore;
using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore;

/// <summary>Which schema changes a database has had, and which this program knows.</summary>
internal static class SchemaVersion
{
    /// <summary>Whether every change that this program knows has been made.</summary>
    /// <exception cref="DatabaseException">A newer program has been at this database: an older one could do it harm.</exception>
    public static async Task<bool> IsCurrentAsync(NerveDbContext context, string name, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = await AppliedAsync(context, cancellationToken);
        if (applied.FirstOrDefault(migration => !known.Contains(migration)) is { } unknown)
        {
            throw new DatabaseException(
                $"The database {name} is newer than this program (it has the schema change '{unknown}'): use the newer nerve-center, or restore a backup.");
        }

        return applied.Count == known.Count;
    }

    /// <remarks>By hand: the framework's own reader builds a model of its table first, at every start.</remarks>
    private static async Task<List<string>> AppliedAsync(NerveDbContext context, CancellationToken cancellationToken)
    {
        var applied = new List<string>();
        await context.Database.OpenConnectionAsync(cancellationToken);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = context.HistoryTable;
        if (await command.ExecuteScalarAsync(cancellationToken) is null or DBNull)
        {
            return applied;
        }

        command.CommandText = """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY "MigrationId" """;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            applied.Add(rows.GetString(0));
        }

        return applied;
    }
}
