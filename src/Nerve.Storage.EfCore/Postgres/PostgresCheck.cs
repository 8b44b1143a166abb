using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Looks for what PostgreSQL itself calls damage, and for rows that belong to nothing. Every table is read to its last byte, since a server
/// that is not asked for a page says nothing of it; indexes are looked at where the extension amcheck is installed.</summary>
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

    /// <summary>Each day of samples is one.</summary>
    private const string Tables =
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname";

    private const string Look = "bt_index_check";

    private const string Indexes =
        """
        SELECT format('SELECT ''x'' FROM (SELECT bt_index_check(%s::regclass)::text AS answer) AS checked WHERE answer <> ''''', quote_literal(indexrelid::regclass)) FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
        WHERE amname = 'btree' AND relkind = 'i' AND indisvalid AND relnamespace = current_schema()::regnamespace
            AND EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck')
        """;

    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        foreach (var table in await AskAsync(source, Tables, cancellationToken))
        {
            damage.AddRange(await LookAsync(source, Reading(table), $"the table {table} cannot be read: ", cancellationToken));
        }

        foreach (var question in s_questions.Concat(await AskAsync(source, Indexes, cancellationToken)))
        {
            damage.AddRange(await LookAsync(source, question, "", cancellationToken));
        }

        return damage;
    }

    /// <summary>Answers nothing, but reads all of it: its pages, and what lies beside them because it is long.</summary>
    private static string Reading(string table) =>
        $"SELECT 'x' FROM (SELECT sum(length(t::text)) AS bytes FROM ONLY {table} AS t) AS read WHERE bytes < 0";

    private static async Task<IReadOnlyList<string>> LookAsync(
        NpgsqlDataSource source, string question, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(source, question, cancellationToken);
        }
        catch (PostgresException exception) when (IsDamage(exception.SqlState))
        {
            return [what + exception.MessageText];
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege && question.Contains(Look, StringComparison.Ordinal))
        {
            return []; // amcheck is there, but not for this user
        }
    }

    private static bool IsDamage(string state) =>
        state is PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or PostgresErrorCodes.InternalError or PostgresErrorCodes.IoError;

    private static async Task<List<string>> AskAsync(NpgsqlDataSource source, string question, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(question);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answers = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            answers.Add(reader.GetString(0));
        }

        return answers;
    }
}
