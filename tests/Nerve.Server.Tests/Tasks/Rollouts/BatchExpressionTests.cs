using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tests.Tasks.Rollouts;

public sealed class BatchExpressionTests
{
    [Theory]
    [InlineData("1, 10%, +20, *2", 100, "1 10 30 59")] // 1, 10, 30, then 60 of which 59 are left
    [InlineData("10", 25, "10 10 5")]
    [InlineData("10%", 25, "3 3 3 3 3 3 3 3 1")] // rounded up, or a small fleet would never begin
    [InlineData("1, *2", 20, "1 2 4 8 5")]
    [InlineData("1, +1", 10, "1 2 3 4")]
    [InlineData("5, 100%", 12, "5 7")]
    [InlineData("50", 3, "3")]
    [InlineData("1,1,2147483647,*2147483647", 10, "1 1 8")]
    public void Ends_OfGoodExpressions_AreWhatTheFieldMeans(string expression, int hosts, string sizes)
    {
        Assert.Null(BatchExpression.Problem(expression));
        var ends = BatchExpression.Ends(expression, hosts);

        Assert.Equal(sizes, string.Join(' ', ends.Zip(ends.Prepend(0), (end, start) => end - start)));
    }

    [Theory]
    [InlineData("", "has ''")]
    [InlineData("0", "has '0'")]
    [InlineData("101%", "has '101%'")]
    [InlineData("1,,2", "has ''")]
    [InlineData("1, -5", "has '-5'")]
    [InlineData("ten", "has 'ten'")]
    [InlineData("+5", "must begin with")]
    [InlineData("*2, 5", "must begin with")]
    [InlineData("1, *0", "has '*0'")]
    public void Problem_OfBadExpressions_NamesThePart(string expression, string start) =>
        Assert.StartsWith(start, BatchExpression.Problem(expression), StringComparison.Ordinal);
}
