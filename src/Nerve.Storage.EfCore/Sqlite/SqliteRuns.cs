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

    public static Task AddAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        PreparedStatement.EachAsync(context, s_add, runs, Values, cancellationToken);

    public static Task UpdateAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        PreparedStatement.EachAsync(context, s_update, runs, Changing, cancellationToken);

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
}
