using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;

namespace Nerve.Agent.Tests.Link;

public class CentersTests
{
    private static readonly Uri s_a = new("http://a");
    private static readonly Uri s_b = new("http://b");
    private static readonly Uri s_c = new("http://c");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Next_AllWilling_GoesRoundFromARandomOne()
    {
        var centers = new Centers([s_a, s_b, s_c], _time, () => 0.5);
        Assert.Equal([s_b, s_c, s_a, s_b], Enumerable.Range(0, 4).Select(_ => centers.Next().Address));
    }

    [Fact]
    public void Next_OneAskedForTime_IsSkippedUntilThen()
    {
        var centers = new Centers([s_a, s_b], _time, () => 0);
        centers.LeaveAlone(s_a, TimeSpan.FromSeconds(30));

        Assert.Equal([s_b, s_b], [centers.Next().Address, centers.Next().Address]);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains(s_a, new[] { centers.Next().Address, centers.Next().Address });
    }

    [Fact]
    public void Next_AllAskedForTime_TakesTheFirstToBeReadyAndSaysWhen()
    {
        var centers = new Centers([s_a, s_b], _time, () => 0);
        centers.LeaveAlone(s_a, TimeSpan.FromSeconds(30));
        centers.LeaveAlone(s_b, TimeSpan.FromSeconds(20));

        Assert.Equal((s_b, TimeSpan.FromSeconds(20)), centers.Next());
    }
}
