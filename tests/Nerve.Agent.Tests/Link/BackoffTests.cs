using CsCheck;
using Nerve.Agent.Link;

namespace Nerve.Agent.Tests.Link;

public class BackoffTests
{
    private static readonly Gen<double[]> s_randomness = Gen.Double[0, 0.999999].Array[1, 40];

    [Fact]
    public void Next_AnyRandomness_StaysBetweenFloorAndDoublingLimit() => s_randomness.Sample(randomness =>
    {
        var index = 0;
        var backoff = new Backoff(() => randomness[index]);
        for (; index < randomness.Length; index++)
        {
            var limit = Math.Min(60, Math.Pow(2, index));
            Assert.InRange(backoff.Next().TotalSeconds, 0.25, limit);
        }
    });

    [Fact]
    public void Next_ManyAgentsAfterManyFailures_AreSpreadEvenlyOverTheWholeMinute()
    {
        var delays = Enumerable.Range(0, 2000).Select(_ =>
        {
            var backoff = new Backoff(Backoff.Uniform);
            return Enumerable.Range(0, 10).Select(_ => backoff.Next()).ToList()[^1].TotalSeconds;
        }).ToList();

        foreach (var quarter in Enumerable.Range(0, 4))
        {
            Assert.InRange(delays.Count(delay => delay >= quarter * 15 && delay < (quarter + 1) * 15), 400, 600);
        }
    }

    [Fact]
    public void Reset_AfterFailures_StartsAtOneSecondAgain()
    {
        var backoff = new Backoff(() => 0.999999);
        for (var i = 0; i < 20; i++)
        {
            backoff.Next();
        }

        Assert.Equal(60, backoff.Next().TotalSeconds, 0.001);
        backoff.Reset();
        Assert.Equal(1, backoff.Next().TotalSeconds, 0.001);
    }
}
