using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>The size of the file that goes to every machine.</summary>
internal sealed class AgentFile : IScenario
{
    public string Name => "agent-file";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return new Measurement("agent, one file", "MiB", 10, [new FileInfo(Built.Agent).Length / 1048576.0]);
    }
}
