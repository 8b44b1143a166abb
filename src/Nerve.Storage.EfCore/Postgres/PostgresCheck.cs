using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Looks for what PostgreSQL itself calls damage, and for rows that belong to nothing.</summary>
internal static class PostgresCheck
{
    private static readonly string[] s_questions =
    [
        "SELECT 'checksum failures: ' || checksum_failures FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0",
        """
        SELECT 'the index ' || indexrelid::regclass || ' is not valid; REINDEX it' FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
        """,
        """
        SELECT 'the constraint ' || conname || ' of ' || conrelid::regclass || ' is not valid' FROM pg_constraint
        WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
        """,
        "SELECT 'task ' || \"TaskId\" || ' is missing but has runs' FROM runs r WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.\"Id\" = r.\"TaskId\") LIMIT 10",
        """
        SELECT 'the output of run ' || o."RunId" || ' ends at ' || sum(length(o."Data")) || ', not at ' || min(r."StoredBytes")
        FROM run_outputs o JOIN runs r ON r."Id" = o."RunId" GROUP BY o."RunId" HAVING sum(length(o."Data")) <> min(r."StoredBytes") LIMIT 10
        """,
    ];

    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        foreach (var question in s_questions)
        {
            try
            {
                await using var command = source.CreateCommand(question);
                command.CommandTimeout = 0;
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    damage.Add(reader.GetString(0));
                }
            }
            catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted)
            {
                damage.Add(exception.MessageText);
            }
        }

        return damage;
    }
}
