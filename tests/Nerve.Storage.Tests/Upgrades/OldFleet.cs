using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;

namespace Nerve.Storage.Tests.Upgrades;

/// <summary>A row in every table, written by hand as programs of each schema did, as far as the schema has the table and the column.</summary>
internal static class OldFleet
{
    public static readonly Guid Agent = Guid.Parse("01990000-0000-7000-8000-000000000001");
    public static readonly Guid Task = Guid.Parse("01990000-0000-7000-8000-000000000002");
    public static readonly Guid Run = Guid.Parse("01990000-0000-7000-8000-000000000003");

    private static readonly long s_at = Build.Now.ToUnixTimeMilliseconds();

    private static readonly (string Table, (string Column, object Value)[] Row)[] s_rows =
    [
        ("users", [("Id", Guid.Empty), ("Username", "ada"), ("PasswordHash", "hash"), ("Role", 2), ("CreatedAt", s_at), ("Stamp", "first")]),
        ("api_tokens", [("Id", Guid.Empty), ("Name", "ci"), ("Role", 0), ("SecretHash", "secret-1"), ("CreatedAt", s_at)]),
        ("enrol_tokens", [("Id", Guid.Empty), ("Name", "rack 7"), ("SecretHash", "secret-2"), ("CreatedAt", s_at), ("MaxUses", 3), ("Uses", 1)]),
        ("agents",
        [
            ("Id", Agent), ("Hostname", "gpu-1"), ("CredentialHash", "credential"), ("ReportedLabels", """{"zone":"a"}"""), ("AssignedLabels", "{}"),
            ("EnrolledAt", s_at), ("Status", 1), ("StatusSince", s_at), ("Facts", """{"cpuModel":"EPYC","cpuThreads":128}"""),
        ]),
        ("inventories", [("AgentId", Agent), ("CollectedAt", s_at), ("Hash", "hash"), ("Document", """{"schema":1}""")]),
        ("metric_schemas", [("Id", Build.Schema.Id), ("Series", """["cpu.used_percent","load.1m"]""")]),
        ("samples", [("AgentId", Agent), ("At", s_at), ("SchemaId", Build.Schema.Id), ("Values", Server.Metrics.PackedValues.Pack([1.5, null]))]),
        ("tasks",
        [
            ("Id", Task), ("Kind", 1), ("Name", "Look"), ("Spec", """{"command":"/usr/bin/Nvidia-SMI","args":["-L"],"timeoutSeconds":60}"""), ("Target", """{"all":true}"""),
            ("ExpiresAfterSeconds", 3600), ("ExpiresAt", s_at), ("State", 1), ("CreatedBy", "ada"), ("CreatedAt", s_at), ("IdempotencyKey", "key"),
            ("Words", "Look\n/usr/bin/Nvidia-SMI\n-L"),
        ]),
        ("runs",
        [
            ("Id", Run), ("TaskId", Task), ("AgentId", Agent), ("Hostname", "gpu-1"), ("State", 1), ("OutputBytes", 3L), ("OutputTruncated", false), ("StoredBytes", 3L),
        ]),
        ("run_outputs", [("RunId", Run), ("Offset", 0L), ("Stream", 1), ("At", s_at), ("Data", new byte[] { 0, 1, 255 })]),
        ("metric_rollups", [("AgentId", Agent), ("Level", 1), ("Hour", Hour), ("Schema", Build.Schema.Id), ("Values", new byte[] { 1, 2 })]),
        ("stale_hours", [("AgentId", Agent), ("Hour", Hour), ("MarkedAt", s_at)]),
        ("fillings", [("Id", 1), ("Source", "old"), ("Command", "again"), ("Since", s_at)]),
    ];

    private static long Hour => Server.Metrics.RollUps.Hours.Of(Build.Now).ToUnixTimeMilliseconds();

    /// <returns>The tables that the schema has.</returns>
    public static async Task<IReadOnlyList<string>> WriteAsync(NerveDbContext context, CancellationToken cancel)
    {
        await context.Database.OpenConnectionAsync(cancel);
        var connection = context.Database.GetDbConnection();
        var written = new List<string>();
        foreach (var (table, row) in s_rows)
        {
            if (await ColumnsAsync(connection, table, cancel) is { } columns)
            {
                await InsertAsync(connection, table, [.. row.Where(cell => columns.Contains(cell.Column))], cancel);
                written.Add(table);
            }
        }

        return written;
    }

    public static async Task<long> CountAsync(NerveDbContext context, string table, CancellationToken cancel)
    {
        await context.Database.OpenConnectionAsync(cancel);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Null where there is no such table.</summary>
    private static async Task<HashSet<string>?> ColumnsAsync(DbConnection connection, string table, CancellationToken cancel)
    {
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM {table} WHERE 1 = 0";
            await using var reader = await command.ExecuteReaderAsync(cancel);
            return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        }
        catch (DbException)
        {
            return null;
        }
    }

    private static async Task InsertAsync(DbConnection connection, string table, (string Column, object Value)[] row, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"INSERT INTO {table} ({string.Join(", ", row.Select(cell => $"\"{cell.Column}\""))}) VALUES ({string.Join(", ", row.Select((_, i) => $"@p{i}"))})";
        for (var i = 0; i < row.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", row[i].Value);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(cancel);
    }
}
