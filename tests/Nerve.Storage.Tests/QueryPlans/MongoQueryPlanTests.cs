using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;
using Nerve.Storage.Tests.Mongo;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>No hot query reads a whole collection, as <c>explain</c> shows it.</summary>
public sealed class MongoQueryPlanTests(MongoQueryPlanTests.Fleet fleet) : IClassFixture<MongoQueryPlanTests.Fleet>
{
    /// <summary>What finds its place by a range, an order, a bucket of a time series or a partial index: the emulator has no plan for that.</summary>
    private static readonly string[] s_onlyReal =
        ["a page of agents", "the newest tasks", "a week of samples", "the newest sample", "pruning samples", "a month of roll-ups", "hours to roll up", "pruning roll-ups", "pruning output", "pruning inventories",
            "a task by its key", "the newest of the record", "the record further back", "an entry of the record"];

    private static readonly string[] s_ofOneCommand =
        ["lsid", "txnNumber", "$db", "$clusterTime", "$readPreference", "writeConcern", "readConcern", "startTransaction", "autocommit"];

    public static TheoryData<string> Hot { get; } = HotQueries.Names;

    [Theory]
    [MemberData(nameof(Hot))]
    public async Task Plan_OfAHotQuery_ReadsNoCollectionAsAWhole(string name)
    {
        Assert.SkipWhen(MongoServer.RealUrl is null && s_onlyReal.Contains(name), "Only a real server plans this: set NERVE_TEST_MONGODB.");
        var cancel = TestContext.Current.CancellationToken;
        var commands = await fleet.Commands.OfAsync(() => HotQueries.RunAsync(name, fleet.Stores, cancel));

        Assert.NotEmpty(commands);
        foreach (var command in commands.Where(command => command[0] != Collections.FarSamplesName)) // nearly empty
        {
            var stages = Stages(await ExplainAsync(command, cancel)).ToList();
            Assert.NotEmpty(stages);
            Assert.False(stages.Any(ReadsAll), $"{command}\n\n{string.Join('\n', stages)}");
        }
    }

    /// <remarks>https://www.mongodb.com/docs/manual/reference/explain-results/: a scan of a clustered collection between two records has bounds.</remarks>
    private static bool ReadsAll(BsonDocument stage) =>
        stage["stage"] == "COLLSCAN" && !stage.Contains("minRecord") && !stage.Contains("maxRecord");

    /// <summary>Every stage of the plan that was chosen, wherever it is nested.</summary>
    private static IEnumerable<BsonDocument> Stages(BsonValue plan) => plan switch
    {
        BsonDocument document => (document.TryGetValue("stage", out var stage) && stage.IsString ? [document] : Array.Empty<BsonDocument>())
            .Concat(document.Where(element => element.Name is not ("rejectedPlans" or "command")).SelectMany(element => Stages(element.Value))),
        BsonArray array => array.SelectMany(Stages),
        _ => [],
    };

    private async Task<BsonDocument> ExplainAsync(BsonDocument command, CancellationToken cancel)
    {
        foreach (var field in s_ofOneCommand)
        {
            command.Remove(field);
        }

        foreach (var several in new[] { "updates", "deletes" })
        {
            if (command.TryGetValue(several, out var list))
            {
                command[several] = new BsonArray { list[0] };
            }
        }

        var explain = new BsonDocument { ["explain"] = command, ["verbosity"] = "queryPlanner" };
        return await fleet.Storage.Database.RunCommandAsync<BsonDocument>(explain, cancellationToken: cancel);
    }

    public sealed class Fleet : IAsyncLifetime
    {
        private MongoStorage? _storage;
        private TestStores? _stores;

        public MongoStorage Storage => _storage!;

        public TestStores Stores => _stores!;

        internal CapturedCommands Commands { get; } = new();

        public async ValueTask InitializeAsync()
        {
            var server = await MongoServer.SharedAsync(Topology.ReplicaSet);
            _storage = new MongoStorage(server.UrlOf(MongoStores.NewName()), new FakeTimeProvider(Build.Now), null, Commands.ListenTo);
            await _storage.MigrateAsync(CancellationToken.None);
            var services = new ServiceCollection();
            _storage.AddStores(services);
            _stores = new TestStores(services.BuildServiceProvider());
            await MongoLargeFleet.FillAsync(_storage.Database, MongoServer.RealUrl is null ? 1 : 1000);
        }

        public async ValueTask DisposeAsync()
        {
            if (_storage is not null)
            {
                await _storage.Database.Client.DropDatabaseAsync(_storage.Database.DatabaseNamespace.DatabaseName);
                await Stores.DisposeAsync();
            }
        }
    }
}
