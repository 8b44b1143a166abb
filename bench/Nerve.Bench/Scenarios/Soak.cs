using System.Diagnostics;
using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>Whether memory stays flat: many agents at 30 s at one center on PostgreSQL, looked at for as long as is asked.</summary>
internal sealed class Soak : IScenario
{
    private const string Database = "soak";

    private static readonly TimeSpan s_settle = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);

    public string Name => "soak";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var postgres = await PrivatePostgres.StartAsync(cancellationToken);
        await postgres.CreateDatabaseAsync(Database, cancellationToken);
        await using var site = new Site(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = postgres.UrlOf(Database) });
        var center = await site.StartCenterAsync(cancellationToken);
        await using var swarm = RestlessSwarm.Start(
            site, site.Url, await site.EnrolTokenAsync(cancellationToken), await site.ViewerTokenAsync(cancellationToken), plan.Agents);
        await swarm.AllLinkedAsync(cancellationToken);
        await Task.Delay(s_settle, cancellationToken);

        List<(double Hours, Use Center, Use Swarm)> seen = [];
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < plan.Watch;)
        {
            seen.Add((Stopwatch.GetElapsedTime(begun).TotalHours, Use.Of(center.Pid), Use.Of(swarm.Pid)));
            await Task.Delay(s_look, cancellationToken);
        }

        var what = $"{plan.Agents} agents at 30 s on PostgreSQL for {plan.Watch.TotalMinutes:0} minutes";
        var (first, last) = (seen[0], seen[^1]);
        yield return new Measurement($"{what}: the center", "cores", null, [(last.Center.Cpu - first.Center.Cpu).TotalHours / (last.Hours - first.Hours)]);
        yield return new Measurement($"{what}: the center, resident", "MiB", null, [.. seen.Select(look => look.Center.ResidentMebibytes)]);
        yield return new Measurement($"{what}: its slope", "MiB/h", null, [Slope(seen.Select(look => (look.Hours, look.Center.ResidentMebibytes)))]);
        yield return new Measurement(
            $"{what}: its slope in the second half", "MiB/h", null, [Slope(seen.Skip(seen.Count / 2).Select(look => (look.Hours, look.Center.ResidentMebibytes)))]);
        yield return new Measurement($"{what}: the swarm, resident", "MiB", null, [.. seen.Select(look => look.Swarm.ResidentMebibytes)]);

        var audit = (await swarm.StopAsync(cancellationToken)).GetProperty("audit");
        yield return new Measurement(
            $"{what}: acknowledged samples that are lost or doubled", "", 0, [audit.GetProperty("lost").GetInt64() + audit.GetProperty("doubled").GetInt64()]);
        yield return new Measurement($"{what}: agents called offline wrongly", "", 0, [audit.GetProperty("falselyOffline").GetArrayLength()]);
    }

    /// <summary>Of the straight line with the least squares of the distances.</summary>
    private static double Slope(IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        var (x, y) = (all.Average(point => point.X), all.Average(point => point.Y));
        return all.Sum(point => (point.X - x) * (point.Y - y)) / all.Sum(point => (point.X - x) * (point.X - x));
    }
}
