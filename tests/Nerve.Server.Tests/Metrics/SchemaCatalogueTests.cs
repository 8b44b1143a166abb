using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Metrics;

public sealed class SchemaCatalogueTests
{
    /// <summary>An agent that invents names must not turn each sample of every other into a question to the database.</summary>
    [Fact]
    public async Task Find_AfterManyOthers_ReadsWhatIsInUseOnce()
    {
        var store = new CountingStore();
        var schemas = new SchemaCatalogue(store) { Most = 20 };
        var used = await schemas.AddAsync(MetricSchema.Of(["cpu.used_percent"]), TestCenter.Cancelled);
        for (var i = 0; i < 100; i++)
        {
            await schemas.AddAsync(MetricSchema.Of([$"invented.{i}"]), TestCenter.Cancelled);
            Assert.Same(used, await schemas.FindAsync(used.Id, TestCenter.Cancelled));
        }

        var late = await schemas.AddAsync(MetricSchema.Of(["load.1m"]), TestCenter.Cancelled);
        Assert.Same(late, await schemas.FindAsync(late.Id, TestCenter.Cancelled));
        Assert.Equal(0, store.Reads);
        Assert.NotNull(await schemas.FindAsync(MetricSchema.Of(["invented.0"]).Id, TestCenter.Cancelled));
        Assert.Equal(1, store.Reads);
    }

    private sealed class CountingStore : IMetricStore
    {
        private readonly Dictionary<string, MetricSchema> _schemas = [];

        public int Reads { get; private set; }

        public Task AddSchemaAsync(MetricSchema schema, CancellationToken cancellationToken)
        {
            _schemas[schema.Id] = schema;
            return Task.CompletedTask;
        }

        public Task<MetricSchema?> FindSchemaAsync(string id, CancellationToken cancellationToken)
        {
            Reads++;
            return Task.FromResult(_schemas.GetValueOrDefault(id));
        }

        public Task<IReadOnlyList<MetricSample>> ReadAsync(
            Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MetricSample?> LatestAsync(Guid agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
