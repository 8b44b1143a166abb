using Microsoft.Extensions.Logging.Abstractions;
using Nerve.Server.Operations;

namespace Nerve.Server.Tests.Operations;

public sealed class YoungCollectionTests : IDisposable
{
    private readonly YoungCollection _young = new(TimeProvider.System, NullLogger<YoungCollection>.Instance);

    public void Dispose() => _young.Dispose();

    [Fact]
    public void IsDue_MuchAllocatedAndNobodyCollected_IsTrue()
    {
        _young.IsDue(collections: 1, allocated: 0);

        Assert.False(_young.IsDue(1, YoungCollection.Most - 1));
        Assert.True(_young.IsDue(1, YoungCollection.Most));
    }

    [Fact]
    public void IsDue_TheCollectorIsBusy_IsFalse()
    {
        for (var second = 1; second < 10; second++)
        {
            Assert.False(_young.IsDue(collections: second, allocated: second * 10 * YoungCollection.Most));
        }
    }

    [Fact]
    public void IsDue_AfterACollection_CountsFromThen()
    {
        _young.IsDue(1, 0);
        _young.IsDue(2, YoungCollection.Most);

        Assert.False(_young.IsDue(2, (2 * YoungCollection.Most) - 1));
        Assert.True(_young.IsDue(2, 2 * YoungCollection.Most));
    }
}
