using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Nerve.Bench.Baselines;

/// <summary>Rows of one table with a key, each changed twice by an engine's quickest means in transactions of a thousand, and nothing else.</summary>
internal abstract class BareUpdates(int rows) : IAsyncDisposable
{
    private const int Batch = 1000;

    private readonly Guid[] _ids = [.. Enumerable.Range(0, rows).Select(_ => Guid.CreateVersion7())];

    public static async Task<BareUpdates> OnSqliteAsync(string path, int rows, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await ExecuteAsync(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE bare (id TEXT PRIMARY KEY, state INTEGER, at INTEGER)", cancellationToken);
        return new OnSqlite(connection, rows);
    }

    public static async Task<BareUpdates> OnPostgresAsync(string connectionString, int rows, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        await ExecuteAsync(connection, "CREATE TABLE bare_runs (id uuid PRIMARY KEY, state integer, at bigint)", cancellationToken);
        return new OnPostgres(connection, rows);
    }

    /// <returns>Rows a second, each inserted before and changed twice.</returns>
    public async Task<double> RunAsync(CancellationToken cancellationToken)
    {
        await ResetAsync(_ids, cancellationToken);
        var begun = Stopwatch.GetTimestamp();
        foreach (var state in (int[])[1, 2])
        {
            foreach (var batch in _ids.Chunk(Batch))
            {
                await UpdateAsync(batch, state, cancellationToken);
            }
        }

        return _ids.Length / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>All of these rows, and no others, in the state 0.</summary>
    protected abstract Task ResetAsync(Guid[] ids, CancellationToken cancellationToken);

    /// <summary>One transaction, on the disk when it returns.</summary>
    protected abstract Task UpdateAsync(Guid[] ids, int state, CancellationToken cancellationToken);

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed class OnSqlite(SqliteConnection connection, int rows) : BareUpdates(rows)
    {
        public override ValueTask DisposeAsync() => connection.DisposeAsync();

        protected override async Task ResetAsync(Guid[] ids, CancellationToken cancellationToken)
        {
            await using (var clear = new SqliteCommand("DELETE FROM bare", connection))
            {
                await clear.ExecuteNonQueryAsync(cancellationToken);
            }

            await EachAsync("INSERT INTO bare VALUES ($id, $state, 0)", ids, 0, cancellationToken);
        }

        protected override Task UpdateAsync(Guid[] ids, int state, CancellationToken cancellationToken) =>
            EachAsync("UPDATE bare SET state = $state, at = at + 1 WHERE id = $id", ids, state, cancellationToken);

        private async Task EachAsync(string sql, Guid[] ids, int state, CancellationToken cancellationToken)
        {
            await using var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new SqliteCommand(sql, connection, transaction);
            var parameter = command.Parameters.Add("$id", SqliteType.Text);
            command.Parameters.AddWithValue("$state", state);
            foreach (var id in ids)
            {
                parameter.Value = id;
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }
    }

    private sealed class OnPostgres(NpgsqlConnection connection, int rows) : BareUpdates(rows)
    {
        public override ValueTask DisposeAsync() => connection.DisposeAsync();

        protected override async Task ResetAsync(Guid[] ids, CancellationToken cancellationToken)
        {
            await ExecuteAsync("TRUNCATE bare_runs", [], cancellationToken);
            await ExecuteAsync("INSERT INTO bare_runs SELECT id, 0, 0 FROM unnest($1) AS row(id)", [ids], cancellationToken);
        }

        protected override Task UpdateAsync(Guid[] ids, int state, CancellationToken cancellationToken) => ExecuteAsync(
            "UPDATE bare_runs SET state = $2, at = at + 1 FROM unnest($1) AS row(id) WHERE bare_runs.id = row.id", [ids, state], cancellationToken);

        private async Task ExecuteAsync(string sql, object[] parameters, CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            }

            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
