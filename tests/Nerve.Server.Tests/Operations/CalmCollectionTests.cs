using Nerve.Server.Operations;

namespace Nerve.Server.Tests.Operations;

public class CalmCollectionTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(40, 0, false)] // a center of a few hosts is left alone
    [InlineData(80, 0, false)]
    [InlineData(300, 0, true)] // a fleet has enrolled
    [InlineData(300, 280, false)] // and is as large as before
    [InlineData(360, 280, true)]
    public void IsWorthIt_OnlyWhenMuchHasGathered(long committed, long afterwards, bool expected) =>
        Assert.Equal(expected, CalmCollection.IsWorthIt(committed * MiB, afterwards * MiB));
}
