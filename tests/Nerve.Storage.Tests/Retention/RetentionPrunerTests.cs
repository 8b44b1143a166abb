using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Nodes;
using Nerve.Server.Retention;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.Tests.Mongo;
using Nerve.Storage.Tests.Postgres;
using Nerve.Storage.Tests.Sqlite;

namespace Nerve.Storage.Tests.Retention;

/// <summary>The background service itself on a real database, while the days go by.</summary>
public abstract class RetentionPrunerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_start = Build.Now.AddMilliseconds(-Build.Now.TimeOfDay.TotalMilliseconds).AddHours(12);
    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent"]);

    private readonly CountedTime _time = new(s_start);
    private readonly Server.Agents.Agent _agent = Build.Agent();
    private TestStores _stores = null!;
    private RetentionPruner _pruner = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>How much longer than they must samples may stay: PostgreSQL drops whole days, MongoDB's own expiry is not to be raced with.</summary>
    protected virtual TimeSpan Leeway => TimeSpan.FromDays(1);

    public async ValueTask InitializeAsync()
    {
        _stores = await OpenAsync(_time);
        await _stores.Agents.AddAsync(_agent, Cancel);
        await _stores.Metrics.AddSchemaAsync(s_schema, Cancel);
        _pruner = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_pruner is not null)
        {
            await StopAsync(_pruner);
            await _stores.DisposeAsync();
        }
    }

    /// <param name="time">The clock of the store, too: PostgreSQL prepares days by it.</param>
    protected abstract ValueTask<TestStores> OpenAsync(TimeProvider time);

    [Fact]
    public async Task Samples_AreKeptForSevenDays()
    {
        await _stores.Heartbeats.WriteAsync([new HeartbeatWrite(_agent.Id, s_start, [Sample(s_start), Sample(s_start.AddDays(1))])], Cancel);

        await PassUntilAsync(s_start.AddDays(7).AddHours(-1));
        Assert.Equal([s_start, s_start.AddDays(1)], await SamplesAsync());
        await PassUntilAsync(s_start.AddDays(7).AddHours(1) + Leeway);
        Assert.Equal([s_start.AddDays(1)], await SamplesAsync());
        await PassUntilAsync(s_start.AddDays(8).AddHours(1) + Leeway);
        Assert.Empty(await SamplesAsync());
    }

    [Fact]
    public async Task Inventories_AreKeptForThirtyDays_AndTheNewestForEver()
    {
        await AddInventoriesAsync(s_start, s_start.AddDays(1), s_start.AddDays(2));

        await PassUntilAsync(s_start.AddDays(30).AddHours(-1));
        Assert.Equal(3, (await InventoriesAsync()).Count);
        await PassUntilAsync(s_start.AddDays(30).AddHours(1));
        Assert.Equal([s_start.AddDays(2), s_start.AddDays(1)], await InventoriesAsync());
        await PassUntilAsync(s_start.AddDays(400));
        Assert.Equal([s_start.AddDays(2)], await InventoriesAsync());
    }

    [Fact]
    public async Task Output_IsKeptForThirtyDaysFromTheEndOfItsRun_AndTheRunForEver()
    {
        var run = await AddOutputAsync(from: s_start, to: s_start.AddDays(3));

        await PassUntilAsync(s_start.AddDays(33).AddHours(-1));
        Assert.Single(await _stores.Tasks.ReadOutputAsync(run, 0, 100, Cancel));
        await PassUntilAsync(s_start.AddDays(33).AddHours(1));
        Assert.Empty(await _stores.Tasks.ReadOutputAsync(run, 0, 100, Cancel));
        Assert.Equal((RunState.Succeeded, 1), ((await _stores.Tasks.FindRunAsync(run, Cancel))!.State, (await _stores.Tasks.FindRunAsync(run, Cancel))!.StoredBytes));
    }

    [Fact]
    public async Task RollUps_AreKeptForThirtyDaysAndForAYear()
    {
        await _stores.RollUps.WriteAsync([.. RollUpLevels.All.Select(level => new RollUp(_agent.Id, level, s_start, s_schema.Id, [1, 2, 3]))], [], Cancel);

        await PassUntilAsync(s_start.AddDays(30).AddHours(-1));
        Assert.Equal([true, true], await RollUpsAsync());
        await PassUntilAsync(s_start.AddDays(30).AddHours(2));
        Assert.Equal([false, true], await RollUpsAsync());
        await PassUntilAsync(s_start.AddDays(365).AddHours(2));
        Assert.Equal([false, false], await RollUpsAsync());
    }

    private SingleNode Alone() =>
        new(NodeIdentity.Create(), new NerveServerOptions { DataDirectory = Path.GetTempPath(), StorageName = "any", Version = "1.2.3" }, _time);

    private static MetricSample Sample(DateTimeOffset at) => new(at, s_schema.Id, [1]);

    private async Task<RetentionPruner> StartAsync()
    {
        var pruner = new RetentionPruner(
            _stores.Metrics, _stores.RollUps, _stores.Inventories, _stores.Tasks, _stores.Audit, Alone(), new RetentionSettings(), _time,
            NullLogger<RetentionPruner>.Instance);
        var before = _time.Timers;
        await pruner.StartAsync(Cancel);
        await HoldsAsync(() => Task.FromResult(_time.Timers > before)); // it waits for its first period from here on
        return pruner;
    }

    private static async Task StopAsync(RetentionPruner pruner)
    {
        await pruner.StopAsync(CancellationToken.None);
        pruner.Dispose();
    }

    /// <summary>To that moment, and until the pruner has been through everything there: through what it does first, and then through what it
    /// does last.</summary>
    private async Task PassUntilAsync(DateTimeOffset moment)
    {
        await StopAsync(_pruner); // or it would look at each of many thousand moments between
        _time.SetUtcNow(moment);
        _pruner = await StartAsync();
        var longAgo = s_start.AddYears(-1);
        await _stores.Heartbeats.WriteAsync([new HeartbeatWrite(_agent.Id, s_start, [Sample(longAgo)])], Cancel);
        await AdvanceUntilAsync(async () => (await _stores.Metrics.ReadAsync(_agent.Id, longAgo, s_start, 1, Cancel)).Count == 0);
        var due = await AddOutputAsync(longAgo, longAgo);
        await AdvanceUntilAsync(async () => (await _stores.Tasks.ReadOutputAsync(due, 0, 100, Cancel)).Count == 0);
    }

    /// <summary>One period, and then only the pauses between the pruner's steps: however slow the machine is, no hour goes by.</summary>
    private Task AdvanceUntilAsync(Func<Task<bool>> isSo)
    {
        _time.Advance(RetentionPruner.Period);
        return HoldsAsync(async () =>
        {
            _time.Advance(RetentionPruner.Pause);
            return await isSo();
        });
    }

    private static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); !await condition(); await Task.Delay(3, Cancel))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), "It never came true.");
        }
    }

    private async Task<IEnumerable<DateTimeOffset>> SamplesAsync() =>
        (await _stores.Metrics.ReadAsync(_agent.Id, s_start, DateTimeOffset.MaxValue, 100, Cancel)).Select(sample => sample.At);

    private async Task AddInventoriesAsync(params DateTimeOffset[] moments)
    {
        foreach (var moment in moments)
        {
            await _stores.Inventories.AddAsync(new InventorySnapshot(_agent.Id, moment, "hash", "{}"), Cancel);
        }
    }

    private async Task<IReadOnlyList<DateTimeOffset>> InventoriesAsync() =>
        [.. (await _stores.Inventories.HistoryAsync(_agent.Id, null, 100, Cancel)).Select(snapshot => snapshot.CollectedAt)];

    private async Task<IEnumerable<bool>> RollUpsAsync()
    {
        var found = new List<bool>();
        foreach (var level in RollUpLevels.All)
        {
            found.Add((await _stores.RollUps.ReadAsync(_agent.Id, level, s_start, s_start.AddHours(1), 10, Cancel)).Count > 0);
        }

        return found;
    }

    /// <summary>A run that wrote when it began, and ended.</summary>
    private async Task<Guid> AddOutputAsync(DateTimeOffset from, DateTimeOffset to)
    {
        var task = new NerveTask
        {
            Id = Guid.CreateVersion7(),
            Kind = TaskKind.Command,
            Name = "",
            Spec = new TaskSpec { Command = "date", TimeoutSeconds = 60 },
            Target = new TaskTarget { All = true },
            ExpiresAfterSeconds = 3600,
            ExpiresAt = from.AddHours(1),
            CreatedBy = "ada",
            CreatedAt = from,
        };
        var run = new Run { Id = Guid.CreateVersion7(), TaskId = task.Id, AgentId = _agent.Id, Hostname = _agent.Hostname };
        await _stores.Tasks.AddAsync(task, [run], Cancel);
        await _stores.Tasks.AppendOutputAsync(new RunOutput(run.Id, 0, OutputStream.Stdout, from, [1]), Cancel);
        await _stores.Tasks.ChangeRunAsync(run.Id, [RunState.Pending], old => old with { State = RunState.Succeeded, FinishedAt = to }, Cancel);
        return run.Id;
    }

    private sealed class CountedTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}

public sealed class SqliteRetentionTests : RetentionPrunerTests
{
    protected override TimeSpan Leeway => TimeSpan.Zero;

    protected override ValueTask<TestStores> OpenAsync(TimeProvider time) => SqliteStores.OpenAsync();
}

public sealed class PostgresRetentionTests : RetentionPrunerTests
{
    protected override ValueTask<TestStores> OpenAsync(TimeProvider time) => PostgresStores.OpenAsync(time);
}

public sealed class MongoRetentionTests : RetentionPrunerTests
{
    protected override ValueTask<TestStores> OpenAsync(TimeProvider time) => MongoStores.OpenAsync(MongoServer.RealUrl is null ? Topology.Standalone : Topology.ReplicaSet);
}
