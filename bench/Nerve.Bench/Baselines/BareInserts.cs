using Microsoft.Data.Sqlite;

namespace Nerve.Bench.Baselines;

/// <summary>A prepared INSERT into one table with a key, in SQLite's write-ahead mode.</summary>
internal sealed class BareInserts : BareLoop
{
    private readonly SqliteConnection _connection;

    private BareInserts(SqliteConnection connection, int agents, int values)
        : base(agents, values) => _connection = connection;

    public static async Task<BareInserts> OpenAsync(string path, int agents, int values, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var create = new SqliteCommand(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE bare (a TEXT, t INTEGER, n TEXT, v BLOB, PRIMARY KEY (a, t))", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        return new BareInserts(connection, agents, values);
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    protected override async Task WriteAsync((Guid Agent, long At)[] rows, CancellationToken cancellationToken)
    {
        await using var transaction = (SqliteTransaction)await _connection.BeginTransactionAsync(cancellationToken);
        await using var insert = new SqliteCommand("INSERT INTO bare VALUES ($a, $t, $n, $v)", _connection, transaction);
        var agent = insert.Parameters.Add("$a", SqliteType.Text);
        var moment = insert.Parameters.Add("$t", SqliteType.Integer);
        insert.Parameters.AddWithValue("$n", Schema);
        insert.Parameters.AddWithValue("$v", Values);
        foreach (var (id, at) in rows)
        {
            agent.Value = id;
            moment.Value = at;
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
