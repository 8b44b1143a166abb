using System.Diagnostics;
using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>From the start of the process until it answers that it is ready; the first time with a new database, then with one that is there.</summary>
internal sealed class CenterStart : IScenario
{
    public string Name => "center-start";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<double> first = [], again = [], empty = [];
        for (var round = 0; round < plan.Rounds; round++)
        {
            await using var site = new Site();
            first.Add(await TimeAsync(() => site.StartCenterAsync(cancellationToken)));
            again.Add(await TimeAsync(() => site.StartCenterAsync(cancellationToken)));
            empty.Add(await TimeAsync(() => StartEmptyAsync(site, cancellationToken)));
        }

        yield return new Measurement("center ready after its start", "s", 2, again, "an empty ASP.NET Core program", empty);
        yield return new Measurement("center ready, first start with a new database", "s", 2, first, "an empty ASP.NET Core program", empty);
    }

    private static async Task<RunningProgram> StartEmptyAsync(Site site, CancellationToken cancellationToken)
    {
        var server = RunningProgram.Start(site.At("empty.log"), Built.Bench, ["empty-server", site.Url]);
        await Site.ReadyAsync(site.Url, server, cancellationToken);
        return server;
    }

    private static async Task<double> TimeAsync(Func<Task<RunningProgram>> start)
    {
        var begun = Stopwatch.GetTimestamp();
        await using var program = await start();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
