using Nerve.Server.Operations;

namespace Nerve.Server.Tests.Operations;

public class CalmCollectionTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(40, 0, false)] // a center of a few hosts is left alone
    [InlineData(80, 0, false)]
    [InlineData(300, 0, true)] // a fleet has enrolled
    [InlineData(300, 290, false)] // and is hardly larger than before
    [InlineData(300, 280, true)]
    public void IsWorthIt_OnlyWhenMuchHasGathered(long committed, long afterwards, bool expected) =>
        Assert.Equal(expected, CalmCollection.IsWorthIt(committed * MiB, afterwards * MiB));

    [Theory]
    [InlineData(300, 0, false)] // it has just begun
    [InlineData(300, 200, false)] // a fleet enrols
    [InlineData(303, 300, true)]
    [InlineData(280, 300, true)]
    public void IsCalm_OnlyWhenTheHeapHardlyGrows(long committed, long before, bool expected) =>
        Assert.Equal(expected, CalmCollection.IsCalm(committed * MiB, before * MiB));
}
