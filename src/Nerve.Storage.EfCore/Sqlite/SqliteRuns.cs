using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>Writes runs by prepared statements within the transaction of a context, past the change tracker.</summary>
internal static class SqliteRuns
{
    private static readonly string s_add =
        $"""
        INSERT INTO runs (Id, TaskId, AgentId, Hostname, Batch, StoredBytes, Attempt, NotBefore, {string.Join(", ", RunColumns.Changing)})
        VALUES ($Id, $TaskId, $AgentId, $Hostname, $Batch, $StoredBytes, $Attempt, $NotBefore, {string.Join(", ", RunColumns.Changing.Select(column => $"${column}"))})
        """;

    private static readonly string s_update =
        $"UPDATE runs SET {string.Join(", ", RunColumns.Changing.Select(column => $"{column} = ${column}"))} WHERE Id = $Id";

    private const string SetStored = "UPDATE runs SET StoredBytes = $StoredBytes WHERE Id = $Id";

    public static Task AddAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        EachAsync(context, s_add, runs, Values, cancellationToken);

    public static Task UpdateAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        EachAsync(context, s_update, runs, Changing, cancellationToken);

    public static Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken) =>
        EachAsync(context, SetStored, lengths, stored => [("$Id", stored.RunId), ("$StoredBytes", stored.Bytes)], cancellationToken);

    private static IEnumerable<(string Name, object? Value)> Values(Run run) =>
    [
        ("$TaskId", run.TaskId), ("$AgentId", run.AgentId), ("$Hostname", run.Hostname), ("$Batch", run.Batch), ("$StoredBytes", run.StoredBytes),
        ("$Attempt", run.Attempt), ("$NotBefore", RunColumns.Milliseconds(run.NotBefore)),
        .. Changing(run),
    ];

    private static (string Name, object? Value)[] Changing(Run run) =>
    [
        ("$Id", run.Id),
        ("$State", (int)run.State),
        ("$ExitCode", run.ExitCode),
        ("$Signal", run.Signal),
        ("$Error", run.Error),
        ("$OfferedAt", RunColumns.Milliseconds(run.OfferedAt)),
        ("$CancelRequestedAt", RunColumns.Milliseconds(run.CancelRequestedAt)),
        ("$StartedAt", RunColumns.Milliseconds(run.StartedAt)),
        ("$FinishedAt", RunColumns.Milliseconds(run.FinishedAt)),
        ("$OutputBytes", run.OutputBytes),
        ("$OutputTruncated", run.OutputTruncated),
    ];

    private static async Task EachAsync<T>(
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
