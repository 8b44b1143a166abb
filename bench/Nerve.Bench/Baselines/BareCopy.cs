using Npgsql;
using NpgsqlTypes;

namespace Nerve.Bench.Baselines;

/// <summary>Binary COPY into one table with a key.</summary>
internal sealed class BareCopy : BareLoop
{
    private readonly NpgsqlConnection _connection;

    private BareCopy(NpgsqlConnection connection, int agents, int values)
        : base(agents, values) => _connection = connection;

    public static async Task<BareCopy> OpenAsync(string connectionString, int agents, int values, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand("CREATE TABLE bare (a uuid, t bigint, n text, v bytea, PRIMARY KEY (a, t))", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        return new BareCopy(connection, agents, values);
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    protected override async Task WriteAsync((Guid Agent, long At)[] rows, CancellationToken cancellationToken)
    {
        await using var copy = await _connection.BeginBinaryImportAsync("COPY bare FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var (agent, at) in rows)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(agent, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(at, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(Schema, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(Values, NpgsqlDbType.Bytea, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }
}
