using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>A center that died between two writes: each state it can have left, and who completes it.</summary>
public sealed class MongoRecoveryTests : IAsyncLifetime
{
    private TestStores? _stores;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TestStores Stores => _stores!;

    private MongoStorage Storage => Stores.Services.GetRequiredService<MongoStorage>();

    public async ValueTask InitializeAsync() => _stores = await MongoStores.OpenAsync(Topology.ReplicaSet);

    public ValueTask DisposeAsync() => _stores?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Migrate_RunsWhoseTaskWasNotAddedAnyMore_RemovesThem()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Storage.Collections.Additions.InsertOneAsync(new AdditionDocument(task.Id, Build.Now.AddMinutes(-6)), null, Cancel);
        await Storage.Collections.Runs.InsertOneAsync(run, null, Cancel);
        Assert.Contains(task.Id.ToString(), Assert.Single(await Storage.CheckAsync(Cancel)), StringComparison.Ordinal);

        await Storage.MigrateAsync(Cancel);

        Assert.Null(await Stores.Tasks.FindRunAsync(run.Id, Cancel));
        Assert.Empty(await Storage.CheckAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_ATaskThatWasAddedAllTheSame_StaysWithItsRuns()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        await Storage.Collections.Additions.InsertOneAsync(new AdditionDocument(task.Id, Build.Now.AddMinutes(-6)), null, Cancel);

        await Storage.MigrateAsync(Cancel);

        Assert.NotNull(await Stores.Tasks.FindRunAsync(run.Id, Cancel));
    }

    [Fact]
    public async Task Migrate_AnAdditionThatAnotherCenterIsMakingNow_IsLeftToIt()
    {
        var task = Build.Task();
        await Storage.Collections.Additions.InsertOneAsync(new AdditionDocument(task.Id, Build.Now.AddMinutes(-1)), null, Cancel);
        await Storage.Collections.Runs.InsertOneAsync(Build.Run(task), null, Cancel);

        await Storage.MigrateAsync(Cancel);

        Assert.Equal(1, (await Stores.Tasks.ListRunsAsync(task.Id, null, null, 10, Cancel)).Total);
    }

    [Fact]
    public async Task Migrate_ATaskThatDidNotFollowItsLastRun_FollowsIt()
    {
        var (task, _) = await AddWithAnEndThatTheTaskMissedAsync();

        await Storage.MigrateAsync(Cancel);

        var stored = await Stores.Tasks.FindAsync(task.Id, Cancel);
        Assert.Equal((TaskState.Failed, Build.Now.AddMinutes(3)), (stored!.State, stored.FinishedAt));
    }

    /// <summary>The agent got no answer to its report, and reports again.</summary>
    [Fact]
    public async Task Change_RepeatedAfterTheTaskMissedIt_TheTaskFollows()
    {
        var (task, run) = await AddWithAnEndThatTheTaskMissedAsync();

        Assert.Null(await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.Open, old => old with { State = RunState.Failed }, Cancel));

        Assert.Equal(TaskState.Failed, (await Stores.Tasks.FindAsync(task.Id, Cancel))!.State);
    }

    [Fact]
    public async Task Append_AfterAPieceWhoseLengthWasNotNoted_GoesOnBehindIt()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        await Storage.Collections.Outputs.InsertOneAsync(
            new OutputDocument(ObjectId.GenerateNewId(), run.Id, 0, OutputStream.Stdout, Build.Now, [1, 2, 3]), null, Cancel);
        Assert.Empty(await Storage.CheckAsync(Cancel));

        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 0, [1, 2, 3, 4, 5]), Cancel));
        Assert.Equal(5, await Stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 3, [4, 5]), Cancel));

        Assert.Equal([1, 2, 3, 4, 5], (await Stores.Tasks.ReadOutputAsync(run.Id, 0, 100, Cancel)).SelectMany(piece => piece.Data));
    }

    [Fact]
    public async Task Check_AnOutputThatLostAPiece_IsFound()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        await Stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 0, [1, 2]), Cancel);
        await Stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 2, [3]), Cancel);
        Assert.Empty(await Storage.CheckAsync(Cancel));

        await Storage.Collections.Outputs.DeleteOneAsync(piece => piece.Offset == 0, Cancel);

        Assert.Equal($"the output of run {run.Id} ends at 1, not at 3", Assert.Single(await Storage.CheckAsync(Cancel)));
    }

    private async Task<(NerveTask Task, Run Run)> AddWithAnEndThatTheTaskMissedAsync()
    {
        var task = Build.Task();
        var run = Build.Run(task) with { State = RunState.Failed, FinishedAt = Build.Now.AddMinutes(3) };
        await Stores.Tasks.AddAsync(task with { State = TaskState.Running }, [run], Cancel);
        return (task, run);
    }
}
