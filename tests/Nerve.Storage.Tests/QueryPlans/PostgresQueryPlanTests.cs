using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.Tests.Postgres;

namespace Nerve.Storage.Tests.QueryPlans;

public sealed class PostgresQueryPlanTests(PostgresQueryPlanTests.Fleet fleet) : QueryPlanTests, IClassFixture<PostgresQueryPlanTests.Fleet>
{
    protected override TestStores Stores => fleet.Stores;

    protected override Database Database => fleet.Stores.Services.GetRequiredService<PostgresDatabase>();

    protected override string Explain => "EXPLAIN";

    [Fact]
    public async Task Plan_OfSignsOfLife_ReadsNoTableAsAWhole()
    {
        var touch = PostgresHeartbeatStore.Touch.Replace("$1", "@ids", StringComparison.Ordinal).Replace("$2", "@ats", StringComparison.Ordinal);
        var plan = await ExplainAsync(
            new CapturedQuery(touch, [("ids", new[] { LargeFleet.Id('A', 1), LargeFleet.Id('A', 2) }), ("ats", new[] { 1L, 2L })]),
            TestContext.Current.CancellationToken);

        Assert.False(plan.Any(line => ReadsAll(touch, line)), string.Join('\n', plan));
    }

    /// <summary>The table for samples of impossible days is nearly empty, and so is a table of samples that nobody has written to yet.</summary>
    protected override bool ReadsAll(string query, string line) =>
        line.Contains("Seq Scan on", StringComparison.Ordinal) && !line.Contains(SamplePartitions.Other, StringComparison.Ordinal)
            && !line.Contains("unnest", StringComparison.Ordinal);

    public sealed class Fleet : IAsyncLifetime
    {
        private TestStores? _stores;

        public TestStores Stores => _stores!;

        public async ValueTask InitializeAsync()
        {
            _stores = await PostgresStores.OpenAsync();
            foreach (var statement in LargeFleet.Statements(LargeFleet.Postgres))
            {
                await _stores.Services.GetRequiredService<PostgresDatabase>().ReadAsync(context =>
                {
                    context.Database.SetCommandTimeout(TimeSpan.FromMinutes(5));
                    return context.Database.ExecuteSqlRawAsync(
                        statement.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
                });
            }
        }

        public ValueTask DisposeAsync() => _stores?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
