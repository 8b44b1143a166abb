using System.Runtime.CompilerServices;
using System.Text.Json;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>What a person at the page waits for, in a real Chromium: <c>web/e2e/speed.measure.ts</c>.</summary>
internal sealed class Browser : IScenario
{
    public string Name => "browser";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Built.Repository, "artifacts/bench")).FullName;
        var (file, log) = (Path.Combine(folder, "page.json"), Path.Combine(folder, "page.log"));
        File.Delete(file);
        await using (var run = RunningProgram.Start(
            log, "npm", ["--prefix", "web", "run", "measure"],
            new Dictionary<string, string> { ["NERVE_ROUNDS"] = $"{plan.Rounds}", ["NERVE_REPORT"] = file }))
        {
            await run.WaitAsync(cancellationToken);
        }

        if (!File.Exists(file))
        {
            throw new ScenarioSkippedException("the page could not be measured; artifacts/bench/page.log says why (it needs Chromium: apt-get install chromium)");
        }

        foreach (var it in JsonSerializer.Deserialize(await File.ReadAllTextAsync(file, cancellationToken), ReportJson.Default.PageNumbersArray)!)
        {
            yield return new Measurement(it.Name, it.Unit, it.Goal, it.Rounds, it.Baseline, it.BaselineRounds);
        }
    }
}
