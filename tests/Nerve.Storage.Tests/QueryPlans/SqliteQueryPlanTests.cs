using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Sqlite;
using Nerve.Storage.Tests.Sqlite;

namespace Nerve.Storage.Tests.QueryPlans;

public sealed class SqliteQueryPlanTests(SqliteQueryPlanTests.Fleet fleet) : QueryPlanTests, IClassFixture<SqliteQueryPlanTests.Fleet>
{
    protected override TestStores Stores => fleet.Stores;

    protected override Database Database => fleet.Stores.Services.GetRequiredService<SqliteDatabase>();

    protected override string Explain => "EXPLAIN QUERY PLAN";

    /// <remarks>https://www.sqlite.org/eqp.html: "SCAN" visits every row, "SEARCH" only some; a scan in the order of an index ends with the page,
    /// and so does one in the order of the rows, which are numbered as the entries of the record are.</remarks>
    protected override bool ReadsAll(string query, string line) =>
        line.StartsWith("SCAN", StringComparison.Ordinal) && !line.Contains("USING", StringComparison.Ordinal)
            && !line.Contains("json_each", StringComparison.Ordinal)
            && !query.Contains("ORDER BY \"a\".\"Number\" DESC\nLIMIT", StringComparison.Ordinal);

    protected override bool Sorts(string line) => line.Contains("USE TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal);

    public sealed class Fleet : IAsyncLifetime
    {
        private TestStores? _stores;

        public TestStores Stores => _stores!;

        public async ValueTask InitializeAsync()
        {
            _stores = await SqliteStores.OpenAsync();
            await _stores.Services.GetRequiredService<SqliteDatabase>().WriteAsync(
                async context =>
                {
                    foreach (var statement in LargeFleet.Statements(LargeFleet.Sqlite))
                    {
                        await context.Database.ExecuteSqlRawAsync(statement.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
                    }
                },
                CancellationToken.None);
        }

        public ValueTask DisposeAsync() => Stores.DisposeAsync();
    }
}
