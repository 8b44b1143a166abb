using Microsoft.EntityFrameworkCore;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>No hot query reads a whole table of a large fleet, as the engine itself plans it.</summary>
public abstract class QueryPlanTests
{
    public static TheoryData<string> Hot { get; } = HotQueries.Names;

    protected abstract Database Database { get; }

    protected abstract TestStores Stores { get; }

    protected abstract string Explain { get; }

    [Theory]
    [MemberData(nameof(Hot))]
    public async Task Plan_OfAHotQuery_ReadsNoTableAsAWhole(string name)
    {
        var cancel = TestContext.Current.CancellationToken;
        var queries = await CapturedQueries.OfAsync(() => HotQueries.RunAsync(name, Stores, cancel));

        Assert.NotEmpty(queries);
        foreach (var query in queries.Where(query => !query.Text.StartsWith("INSERT", StringComparison.Ordinal)))
        {
            var plan = await ExplainAsync(query, cancel);
            Assert.False(plan.Any(ReadsAll), $"{query.Text}\n\n{string.Join('\n', plan)}");
        }
    }

    /// <summary>A line of the plan that stands for reading every row of a table that grows.</summary>
    protected abstract bool ReadsAll(string line);

    private protected Task<List<string>> ExplainAsync(CapturedQuery query, CancellationToken cancel) => Database.ReadAsync(async context =>
    {
        await context.Database.OpenConnectionAsync(cancel);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = Explain + " " + query.Text;
        foreach (var (name, value) in query.Parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancel))
        {
            lines.Add(reader.GetString(reader.FieldCount - 1));
        }

        return lines;
    });
}
