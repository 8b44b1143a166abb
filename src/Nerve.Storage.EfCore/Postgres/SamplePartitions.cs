using System.Globalization;
using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Samples live in one table a day, so that a day's end is a dropped table and not millions of deleted rows. Days that nobody
/// prepared, because some agent's clock is years off, share <see cref="Other"/>.</summary>
/// <remarks>A new day is attached with locks that let writers go on. Dropping one needs the whole table for a moment; where it would have to
/// wait longer than <see cref="LockTimeout"/> it gives up, and the next round tries again.</remarks>
internal sealed class SamplePartitions(NpgsqlDataSource source)
{
    public const string Other = "samples_other";

    private const string Prefix = "samples_day_";
    private const string LockTimeout = "SET LOCAL lock_timeout = '2s'";
    private const int DaysBack = 7;
    private const int MostDaysBack = 3 * 366;
    private const int DaysAhead = 2;

    /// <summary>Before the first sample: also the days past, which agents that could not reach the center will bring.</summary>
    public Task PrepareAllAsync(DateTimeOffset now, CancellationToken cancellationToken) => PrepareAsync(now, DaysBack, cancellationToken);

    /// <summary>From time to time: the days to come.</summary>
    public Task PrepareNextAsync(DateTimeOffset now, CancellationToken cancellationToken) => PrepareAsync(now, 0, cancellationToken);

    /// <summary>The days of samples that are about to come, as far as they are plausible: a clock that is years off makes no tables.</summary>
    public Task PrepareDaysAsync(IEnumerable<DateTimeOffset> samples, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = Day(now);
        return PrepareAsync(
            samples.Select(Day).Distinct().Where(day => day >= today.AddDays(-MostDaysBack) && day <= today.AddDays(DaysAhead)).Order(), cancellationToken);
    }

    /// <summary>Drops the oldest day that is wholly before <paramref name="before"/>; about how many samples it had, 0 if there is none.</summary>
    public async Task<int> DropOldestAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        foreach (var day in await DaysAsync(cancellationToken))
        {
            if (Midnight(day.AddDays(1)) > before.ToUnixTimeMilliseconds())
            {
                return 0;
            }

            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, LockTimeout, cancellationToken);
            var rows = await ScalarAsync<float>(connection, $"SELECT reltuples FROM pg_class WHERE oid = to_regclass('{Name(day)}')", cancellationToken);
            await ExecuteAsync(connection, $"DROP TABLE IF EXISTS {Name(day)}", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (int)Math.Clamp(rows, 1, int.MaxValue);
        }

        return 0;
    }

    private static string Name(DateOnly day) => Prefix + day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static long Midnight(DateOnly day) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private Task PrepareAsync(DateTimeOffset now, int daysBack, CancellationToken cancellationToken) =>
        PrepareAsync(Enumerable.Range(-daysBack, daysBack + DaysAhead + 1).Select(Day(now).AddDays), cancellationToken);

    private async Task PrepareAsync(IEnumerable<DateOnly> days, CancellationToken cancellationToken)
    {
        foreach (var day in days.Except(await DaysAsync(cancellationToken)))
        {
            await AddAsync(day, cancellationToken);
        }
    }

    /// <summary>Rows of that day which came before it was prepared move with it.</summary>
    private async Task AddAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var (name, from, to) = (Name(day), Midnight(day), Midnight(day.AddDays(1)));
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, LockTimeout, cancellationToken);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('nerve samples'))", cancellationToken);
        if (await ScalarAsync<bool>(connection, $"SELECT to_regclass('{name}') IS NULL", cancellationToken))
        {
            await ExecuteAsync(connection, $"CREATE TABLE {name} (LIKE samples INCLUDING ALL)", cancellationToken);
            await ExecuteAsync(
                connection,
                $"WITH moved AS (DELETE FROM {Other} WHERE \"At\" >= {from} AND \"At\" < {to} RETURNING *) INSERT INTO {name} SELECT * FROM moved",
                cancellationToken);
            await ExecuteAsync(connection, $"ALTER TABLE samples ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The days there are, oldest first.</summary>
    private async Task<IReadOnlyList<DateOnly>> DaysAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'samples'::regclass AND relname LIKE '{Prefix}%' ORDER BY 1");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new List<DateOnly>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (DateOnly.TryParseExact(reader.GetString(0)[Prefix.Length..], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                days.Add(day);
            }
        }

        return days;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
    }
}
