using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>One statement for many items, prepared once, within the transaction of a context.</summary>
internal static class PreparedStatement
{
    /// <param name="context">In a transaction.</param>
    /// <param name="sql">The statement, with named parameters.</param>
    /// <param name="items">For each of which it runs.</param>
    /// <param name="values">The parameters of an item, always the same in the same order.</param>
    /// <param name="cancellationToken">Ends it; the transaction is not to be used any more then.</param>
    public static async Task EachAsync<T>(
        NerveDbContext context, string sql, IReadOnlyList<T> items, Func<T, IEnumerable<(string Name, object? Value)>> values, CancellationToken cancellationToken)
    {
        await using var command = new SqliteCommand(
            sql, (SqliteConnection)context.Database.GetDbConnection(), (SqliteTransaction)context.Database.CurrentTransaction!.GetDbTransaction());
        foreach (var item in items)
        {
            var next = 0;
            foreach (var (name, value) in values(item))
            {
                if (next == command.Parameters.Count)
                {
                    command.Parameters.Add(new SqliteParameter(name, value ?? DBNull.Value));
                }
                else
                {
                    command.Parameters[next].Value = value ?? DBNull.Value;
                }

                next++;
            }

            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
