using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>10,000 agents, a million samples, 100,000 runs, as SQL that every engine reads once its own words are filled in.</summary>
internal static class LargeFleet
{
    public const int Agents = 10_000;

    private static readonly long s_now = Build.Now.ToUnixTimeMilliseconds();

    /// <summary>Words of an engine: how it counts, writes an id from a kind and a number, and makes bytes.</summary>
    public sealed record Dialect(Func<int, string> Series, Func<char, string, string> Id, string Bytes);

    public static Dialect Sqlite { get; } = new(
        count => $"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count - 1})",
        (kind, number) => $"printf('0000000{kind}-0000-7000-8000-%012X', {number})",
        "zeroblob(16)");

    public static Dialect Postgres { get; } = new(
        count => $"WITH s(i) AS (SELECT generate_series(0, {count - 1}))",
        (kind, number) => $"('0000000{kind}-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid",
        "decode(repeat('00', 16), 'hex')");

    public static Guid Id(char kind, int number) => Guid.Parse($"0000000{kind}-0000-7000-8000-{number:x12}");

    public static IEnumerable<string> Statements(Dialect sql)
    {
        yield return $"""
            INSERT INTO agents ("Id", "Hostname", "CredentialHash", "Fingerprint", "ReportedLabels", "AssignedLabels", "EnrolledAt", "LastSeenAt", "Status", "StatusSince", "Facts")
            {sql.Series(Agents)} SELECT {sql.Id('A', "i")}, 'host-' || i, 'credential-' || i, 'fingerprint-' || i, '{Empty}', '{Empty}', {s_now}, {s_now}, 0, {s_now}, '{Facts}' FROM s
            """;
        yield return $"""
            INSERT INTO samples ("AgentId", "At", "SchemaId", "Values")
            {sql.Series(1_000_000)} SELECT {sql.Id('A', "(i / 100)")}, {s_now} - (i % 100) * 6048000, 'schema', {sql.Bytes} FROM s
            """;
        foreach (var level in new[] { 1, 2 })
        {
            yield return $"""
                INSERT INTO metric_rollups ("AgentId", "Level", "Hour", "Schema", "Values")
                {sql.Series(200_000)} SELECT {sql.Id('A', "(i / 20)")}, {level}, ({s_now} / 3600000 - (i % 20) * 8) * 3600000, 'schema', {sql.Bytes} FROM s
                """;
        }

        yield return $"""
            INSERT INTO stale_hours ("AgentId", "Hour", "MarkedAt")
            {sql.Series(100_000)} SELECT {sql.Id('A', "(i / 10)")}, ({s_now} / 3600000 - (i % 10) * 16) * 3600000, {s_now} FROM s
            """;
        yield return $"""
            INSERT INTO inventories ("AgentId", "CollectedAt", "Hash", "Document")
            {sql.Series(20_000)} SELECT {sql.Id('A', "(i / 2)")}, {s_now} - (i % 2) * 3600000, 'hash', '{Empty}' FROM s
            """;
        yield return $"""
            INSERT INTO tasks ("Id", "Kind", "Name", "Spec", "Target", "ExpiresAfterSeconds", "ExpiresAt", "State", "CreatedBy", "CreatedAt", "IdempotencyKey", "Words")
            {sql.Series(5_000)} SELECT {sql.Id('B', "i")}, 0, 'task', '{Spec}', '{Empty}', 60, {s_now}, CASE WHEN i > 4990 THEN 1 ELSE 2 END, 'ada', {s_now}, 'key-' || i, 'task' FROM s
            """;
        yield return $"""
            INSERT INTO runs ("Id", "TaskId", "AgentId", "Hostname", "State", "OutputBytes", "OutputTruncated", "StoredBytes")
            {sql.Series(100_000)} SELECT {sql.Id('C', "i")}, {sql.Id('B', "(i / 20)")}, {sql.Id('A', "(i % 10000)")}, 'host', CASE WHEN i > 99900 THEN 1 ELSE 2 END, 0, FALSE, 16 FROM s
            """;
        yield return $"""
            INSERT INTO run_outputs ("RunId", "Offset", "Stream", "At", "Data")
            {sql.Series(50_000)} SELECT {sql.Id('C', "i")}, 0, 1, {s_now}, {sql.Bytes} FROM s
            """;
        yield return $"""
            INSERT INTO users ("Id", "Username", "PasswordHash", "Role", "CreatedAt", "Stamp")
            {sql.Series(2_000)} SELECT {sql.Id('D', "i")}, 'user-' || i, 'hash', 1, {s_now}, 'stamp' FROM s
            """;
        yield return $"""
            INSERT INTO api_tokens ("Id", "Name", "Role", "SecretHash", "CreatedAt")
            {sql.Series(2_000)} SELECT {sql.Id('D', "i")}, 'name', 1, 'secret-' || i, {s_now} FROM s
            """;
        yield return $"""
            INSERT INTO enrol_tokens ("Id", "Name", "SecretHash", "CreatedAt", "Uses")
            {sql.Series(2_000)} SELECT {sql.Id('D', "i")}, 'name', 'secret-' || i, {s_now}, 0 FROM s
            """;
        yield return $"""
            INSERT INTO audit ("Number", "At", "Actor", "Via", "Action", "Target", "Result", "Previous", "Hash")
            {sql.Series(20_000)} SELECT i + 1, {s_now}, 'user-' || (i % 2000), 'cookie', 'area.verb-' || (i % 200), 'target-' || (i % 5000), 'ok', 'hash', 'hash' FROM s
            """;
        yield return "ANALYZE";
    }

    private const string Empty = "{}";
    private const string Facts = """{"addresses":[]}""";
    private const string Spec = """{"command":"/bin/true","args":[],"env":{},"timeoutSeconds":60,"outputLimitBytes":1}""";
}
