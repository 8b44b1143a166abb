using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Adds samples by binary COPY within the transaction of a context; those that are there already are left as they are.</summary>
/// <remarks>Repeated samples are rare: agents send them only when an acknowledgement was lost, copies of a fleet when they were cut off. So COPY goes
/// straight into the table, and only when it meets a row that is there already do the rows go through a staging table, which costs about twice as
/// much.</remarks>
internal static class SampleCopy
{
    private const string Savepoint = "samples";
    private const string Columns = "(\"AgentId\", \"At\", \"SchemaId\", \"Values\")";

    /// <param name="context">In a transaction.</param>
    /// <param name="rows">Of each agent and moment one.</param>
    /// <param name="cancellationToken">Ends it; the transaction is not to be used any more then.</param>
    public static async Task RunAsync(NerveDbContext context, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)context.Database.GetDbConnection();
        var transaction = (NpgsqlTransaction)context.Database.CurrentTransaction!.GetDbTransaction();
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await CopyAsync(connection, "samples", rows, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            await ExecuteAsync(connection, "CREATE TEMP TABLE staging (LIKE samples) ON COMMIT DROP", cancellationToken);
            await CopyAsync(connection, "staging", rows, cancellationToken);
            await ExecuteAsync(connection, "INSERT INTO samples SELECT * FROM staging ON CONFLICT DO NOTHING", cancellationToken);
        }
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string table, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        await using var writer = await connection.BeginBinaryImportAsync($"COPY {table} {Columns} FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in rows)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(row.AgentId, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(row.At.ToUnixTimeMilliseconds(), NpgsqlDbType.Bigint, cancellationToken);
            await writer.WriteAsync(row.SchemaId, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(row.Values, NpgsqlDbType.Bytea, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
