using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;

namespace Nerve.Agent.Tests.Metrics;

/// <summary>Runs when nothing else does, for the runtime counts what all threads allocate.</summary>
[CollectionDefinition(nameof(SampleBudgetTests), DisableParallelization = true)]
[Collection(nameof(SampleBudgetTests))]
public class SampleBudgetTests
{
    private const long Budget = 64 * 1024;

    [Fact]
    public void Sample_RunningMachine_AllocatesWithinItsBudget()
    {
        var sampler = new MetricSampler(new HostRoot("/"), TimeProvider.System);
        sampler.Sample();
        sampler.Sample();

        Assert.InRange(Enumerable.Range(0, 5).Min(_ => Allocated(sampler)), 0, Budget);
    }

    private static long Allocated(MetricSampler sampler)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        sampler.Sample();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
