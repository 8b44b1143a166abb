using Microsoft.EntityFrameworkCore;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Npgsql;
using NpgsqlTypes;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Writes runs past the change tracker, within the transaction of a context: COPY for new ones, one statement for many changed ones.</summary>
internal static class PostgresRuns
{
    private static readonly string s_columns = string.Join(", ", RunColumns.Changing.Select(column => $"\"{column}\""));

    private static readonly string s_add =
        $"COPY runs (\"Id\", \"TaskId\", \"AgentId\", \"Hostname\", \"Batch\", \"StoredBytes\", \"Attempt\", \"NotBefore\", {s_columns}) FROM STDIN (FORMAT BINARY)";

    private static readonly string s_update =
        $"""
        UPDATE runs SET {string.Join(", ", RunColumns.Changing.Select(column => $"\"{column}\" = change.\"{column}\""))}
        FROM unnest($1, {string.Join(", ", RunColumns.Changing.Select((_, i) => $"${i + 2}"))}) AS change("Id", {s_columns})
        WHERE runs."Id" = change."Id"
        """;

    public static async Task AddAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        await using var writer = await Connection(context).BeginBinaryImportAsync(s_add, cancellationToken);
        foreach (var run in runs)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(run.Id, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(run.TaskId, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(run.AgentId, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(StorableText.Of(run.Hostname), NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(run.Batch, NpgsqlDbType.Integer, cancellationToken);
            await writer.WriteAsync(run.StoredBytes, NpgsqlDbType.Bigint, cancellationToken);
            await writer.WriteAsync(run.Attempt, NpgsqlDbType.Integer, cancellationToken);
            await WriteAsync(writer, RunColumns.Milliseconds(run.NotBefore), NpgsqlDbType.Bigint, cancellationToken);
            foreach (var (value, type) in Changing(run))
            {
                await WriteAsync(writer, value, type, cancellationToken);
            }
        }

        await writer.CompleteAsync(cancellationToken);
    }

    public static async Task UpdateAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(s_update, Connection(context))
        {
            Parameters =
            {
                Array(runs, run => run.Id),
                Array(runs, run => (int)run.State),
                Array(runs, run => run.ExitCode),
                Array(runs, run => Storable(run.Signal)),
                Array(runs, run => Storable(run.Error)),
                Array(runs, run => RunColumns.Milliseconds(run.OfferedAt)),
                Array(runs, run => RunColumns.Milliseconds(run.CancelRequestedAt)),
                Array(runs, run => RunColumns.Milliseconds(run.StartedAt)),
                Array(runs, run => RunColumns.Milliseconds(run.FinishedAt)),
                Array(runs, run => run.OutputBytes),
                Array(runs, run => run.OutputTruncated),
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static (object? Value, NpgsqlDbType Type)[] Changing(Run run) =>
    [
        ((int)run.State, NpgsqlDbType.Integer),
        (run.ExitCode, NpgsqlDbType.Integer),
        (Storable(run.Signal), NpgsqlDbType.Text),
        (Storable(run.Error), NpgsqlDbType.Text),
        (RunColumns.Milliseconds(run.OfferedAt), NpgsqlDbType.Bigint),
        (RunColumns.Milliseconds(run.CancelRequestedAt), NpgsqlDbType.Bigint),
        (RunColumns.Milliseconds(run.StartedAt), NpgsqlDbType.Bigint),
        (RunColumns.Milliseconds(run.FinishedAt), NpgsqlDbType.Bigint),
        (run.OutputBytes, NpgsqlDbType.Bigint),
        (run.OutputTruncated, NpgsqlDbType.Boolean),
    ];

    private static Task WriteAsync(NpgsqlBinaryImporter writer, object? value, NpgsqlDbType type, CancellationToken cancellationToken) =>
        value is null ? writer.WriteNullAsync(cancellationToken) : writer.WriteAsync(value, type, cancellationToken);

    private static NpgsqlParameter<TValue[]> Array<TItem, TValue>(IReadOnlyList<TItem> items, Func<TItem, TValue> value) =>
        new() { TypedValue = [.. items.Select(value)] };

    private static string? Storable(string? text) => text is null ? null : StorableText.Of(text);

    private static NpgsqlConnection Connection(NerveDbContext context) => (NpgsqlConnection)context.Database.GetDbConnection();
}
