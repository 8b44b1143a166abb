using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Writes output of runs within the transaction of a context, past the change tracker: COPY for the pieces, one statement for how much there is of each run.</summary>
internal static class PostgresOutputs
{
    private const string Add = "COPY run_outputs (\"RunId\", \"Offset\", \"Stream\", \"At\", \"Data\") FROM STDIN (FORMAT BINARY)";

    private const string SetStored =
        "UPDATE runs SET \"StoredBytes\" = stored.bytes, \"OutputHash\" = NULL FROM unnest($1, $2) AS stored(id, bytes) WHERE runs.\"Id\" = stored.id";

    public static async Task AddAsync(NerveDbContext context, IReadOnlyList<OutputRow> pieces, CancellationToken cancellationToken)
    {
        await using var writer = await Connection(context).BeginBinaryImportAsync(Add, cancellationToken);
        foreach (var piece in pieces)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(piece.RunId, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(piece.Offset, NpgsqlDbType.Bigint, cancellationToken);
            await writer.WriteAsync((int)piece.Stream, NpgsqlDbType.Integer, cancellationToken);
            await writer.WriteAsync(piece.At.ToUnixTimeMilliseconds(), NpgsqlDbType.Bigint, cancellationToken);
            await writer.WriteAsync(piece.Data, NpgsqlDbType.Bytea, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    public static async Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SetStored, Connection(context))
        {
            Parameters =
            {
                new NpgsqlParameter<Guid[]> { TypedValue = [.. lengths.Select(stored => stored.RunId)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. lengths.Select(stored => stored.Bytes)] },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlConnection Connection(NerveDbContext context) => (NpgsqlConnection)context.Database.GetDbConnection();
}
