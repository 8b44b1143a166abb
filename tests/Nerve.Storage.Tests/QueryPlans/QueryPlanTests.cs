using Microsoft.EntityFrameworkCore;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>No hot query reads a whole table of a large fleet, as the engine itself plans it.</summary>
public abstract class QueryPlanTests
{
    /// <summary>The runs of one task are as many as it has hosts, and are found by an index; only then are they put in order.</summary>
    private static readonly string[] s_sorted = ["runs of a task", "output to fold"];

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
            Assert.False(!CountsAll(query) && plan.Any(line => ReadsAll(query.Text, line)), $"{query.Text}\n\n{string.Join('\n', plan)}");
            Assert.False(IsPaged(query) && !s_sorted.Contains(name) && plan.Any(Sorts), $"{query.Text}\n\n{string.Join('\n', plan)}");
        }
    }

    /// <summary>How many tasks there are at all, which a list says: no engine knows it without looking.</summary>
    private static bool CountsAll(CapturedQuery query) =>
        query.Text.StartsWith("SELECT COUNT(*)", StringComparison.OrdinalIgnoreCase) && !query.Text.Contains("WHERE", StringComparison.Ordinal);

    /// <summary>A page is read in the order of an index: who has to sort reads everything first, however short the page is.</summary>
    private static bool IsPaged(CapturedQuery query) =>
        query.Text.Contains("ORDER BY", StringComparison.Ordinal) && query.Text.Contains("LIMIT @", StringComparison.Ordinal);

    /// <summary>A line of the plan that stands for putting rows in order, for want of an index. PostgreSQL also sorts where it has one, if there are few
    /// rows, so its plans tell nothing.</summary>
    protected virtual bool Sorts(string line) => false;

    /// <summary>A line of a query's plan that stands for reading every row of a table that grows.</summary>
    protected abstract bool ReadsAll(string query, string line);

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
