namespace Nerve.Bench.Scenarios;

/// <summary>One thing that is measured. A further one is one more file here and one more line in <c>Program.cs</c>.</summary>
internal interface IScenario
{
    /// <summary>What the command line calls it.</summary>
    string Name { get; }

    /// <exception cref="ScenarioSkippedException">Something is missing here that it needs.</exception>
    IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, CancellationToken cancellationToken);
}

/// <param name="reason">What is missing, and how to get it.</param>
internal sealed class ScenarioSkippedException(string reason) : Exception(reason);
