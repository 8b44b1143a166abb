using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Portable;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A table a day: made before its first sample, dropped after its last has expired.</summary>
public sealed class SamplePartitionTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Build.Now);
    private readonly Guid _agent = Build.Id();
    private PostgresDatabase _database = null!;
    private PostgresServer _server = null!;
    private string _name = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IMetricStore Metrics => new PostgresMetricStore(_database, _time);

    private IHeartbeatStore Heartbeats => new PostgresHeartbeatStore(_database);

    public async ValueTask InitializeAsync()
    {
        (_server, _name) = await PostgresStores.CreateAsync();
        _database = new PostgresDatabase(_server.UrlOf(_name), _time);
        await _database.WriteAsync(
            context =>
            {
                context.Agents.Add(Build.Agent(_agent));
                return context.SaveChangesAsync(Cancel);
            },
            Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _database?.Dispose();
        if (_server is not null)
        {
            await _server.ExecuteAsync($"DROP DATABASE {_name} WITH (FORCE)");
        }
    }

    [Fact]
    public async Task Migrate_Now_PreparesAWeekBackAndTwoDaysAhead()
    {
        Assert.Equal(
            [.. Enumerable.Range(7, 10).Select(day => $"samples_day_202603{day:00}"), "samples_other"], await TablesAsync());
    }

    [Fact]
    public async Task Prune_ADayLater_PreparesTheNextDay()
    {
        _time.Advance(TimeSpan.FromDays(1));

        await Metrics.PruneAsync(Build.Now.AddDays(-30), 10, Cancel);

        Assert.Contains("samples_day_20260317", await TablesAsync());
    }

    [Fact]
    public async Task Prune_ADayThatIsOver_DropsItsTable()
    {
        await WriteAsync(Build.Now.AddDays(-6));
        await WriteAsync(Build.Now);

        while (await Metrics.PruneAsync(Build.Now.AddDays(-4), 10, Cancel) > 0)
        {
        }

        Assert.Equal("samples_day_20260310", (await TablesAsync())[0]);
        Assert.Equal(Build.Now, Assert.Single(await ReadAsync()));
    }

    /// <summary>A fleet that is copied or restored brings more than a week, however long its samples are to be kept.</summary>
    [Fact]
    public async Task Import_SamplesOfAMonth_LieInTablesOfTheirDays()
    {
        var samples = Enumerable.Range(0, 60).Select(half => Stored(Build.Now.AddHours(-12 * half))).ToList();

        await _database.ImportAsync<StoredSample>(samples, Cancel);

        Assert.Equal(0, await CountAsync(SamplePartitions.Other));
        Assert.Equal(60, (await ReadAsync()).Count());
        Assert.Equal("samples_day_20260213", (await TablesAsync())[0]);
        Assert.True(await Metrics.PruneAsync(Build.Now.AddDays(-20), 10, Cancel) > 0);
        Assert.Equal("samples_day_20260214", (await TablesAsync())[0]);
    }

    [Fact]
    public async Task Import_SamplesOfImpossibleDays_MakesNoTables()
    {
        var before = await TablesAsync();

        await _database.ImportAsync<StoredSample>([Stored(DateTimeOffset.UnixEpoch), Stored(Build.Now.AddYears(20))], Cancel);

        Assert.Equal(2, await CountAsync(SamplePartitions.Other));
        Assert.Equal(before, await TablesAsync());
    }

    /// <summary>After an outage of the center longer than the days prepared.</summary>
    [Fact]
    public async Task Prepare_SamplesOfTheDayCameBefore_TakesThemAlong()
    {
        var late = Build.Now.AddDays(5);
        await WriteAsync(late);
        Assert.Equal(1, await CountAsync(SamplePartitions.Other));

        _time.SetUtcNow(late);
        await _database.MigrateAsync(Cancel);

        Assert.Equal(0, await CountAsync(SamplePartitions.Other));
        Assert.Equal(1, await CountAsync("samples_day_20260319"));
        Assert.Equal(late, Assert.Single(await ReadAsync()));
    }

    [Fact]
    public async Task Prune_FarOffSamples_RemovesTheOldOnesInSteps()
    {
        for (var i = 0; i < 5; i++)
        {
            await WriteAsync(DateTimeOffset.UnixEpoch.AddSeconds(i));
        }

        while (await Metrics.PruneAsync(Build.Now.AddDays(-8), 2, Cancel) is var removed and > 0)
        {
            Assert.InRange(removed, 1, 2);
        }

        Assert.Empty(await ReadAsync());
    }

    /// <summary>A report that reads for minutes must not stop the fleet: pruning gives up instead of queueing everybody behind itself.</summary>
    [Fact]
    public async Task Prune_WhileSomebodyReads_GivesUpAndSucceedsLater()
    {
        await using (var reading = _database.Open())
        {
            await using var transaction = await reading.Database.BeginTransactionAsync(Cancel);
            await reading.Samples.CountAsync(Cancel);

            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Metrics.PruneAsync(Build.Now.AddDays(-4), 10, Cancel));
            await WriteAsync(Build.Now);
        }

        Assert.True(await Metrics.PruneAsync(Build.Now.AddDays(-4), 10, Cancel) > 0);
    }

    private StoredSample Stored(DateTimeOffset at) => new(_agent, at, Build.Schema.Id, PackedValues.Pack([1, 2]));

    private Task WriteAsync(DateTimeOffset at) => Heartbeats.WriteAsync([Build.Heartbeat(_agent, Build.Now, Build.Sample(at))], Cancel);

    private async Task<IEnumerable<DateTimeOffset>> ReadAsync() =>
        (await Metrics.ReadAsync(_agent, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 100, Cancel)).Select(sample => sample.At);

    private Task<List<string>> TablesAsync() => _database.ReadAsync(context => context.Database
        .SqlQueryRaw<string>("SELECT inhrelid::regclass::text AS \"Value\" FROM pg_inherits WHERE inhparent = 'samples'::regclass ORDER BY 1")
        .ToListAsync(Cancel));

    private Task<int> CountAsync(string table) => _database.ReadAsync(context => context.Database
        .SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM samples WHERE tableoid = to_regclass({table})").SingleAsync(Cancel));
}
