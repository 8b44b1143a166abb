using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>Many agents at 30 s on PostgreSQL: at one center that is alone, then at two with a Redis, of which one is killed.</summary>
internal sealed class Nodes : IScenario
{
    private const string Alone = "alone";
    private const string Shared = "shared";

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(35);

    public string Name => "nodes";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var postgres = await PrivatePostgres.StartAsync(cancellationToken);
        await postgres.CreateDatabaseAsync(Alone, cancellationToken);
        await postgres.CreateDatabaseAsync(Shared, cancellationToken);
        var what = $"{plan.Agents} agents at 30 s on PostgreSQL";
        var alone = await AloneAsync(postgres, plan, cancellationToken);

        await using var site = new Site(Environment(postgres, Shared, null));
        await using var redis = PrivateRedis.Start(site.At("redis.log"));
        await using var a = new Site(Environment(postgres, Shared, redis));
        await using var b = new Site(Environment(postgres, Shared, redis));
        var first = await a.StartCenterAsync(cancellationToken);
        var second = await b.StartCenterAsync(cancellationToken);
        await using var swarm = RestlessSwarm.Start(
            site, $"{a.Url},{b.Url}", await a.EnrolTokenAsync(cancellationToken), await a.ViewerTokenAsync(cancellationToken), plan.Agents);
        await swarm.AllLinkedAsync(cancellationToken);
        var (cores, mebibytes) = await WatchAsync([first, second], plan, cancellationToken);
        yield return new Measurement($"{what}: two centers and a Redis, together", "cores", null, [cores.Sum()], "one center alone", [alone.Cores]);
        yield return new Measurement($"{what}: the larger of them, resident", "MiB", null, [mebibytes.Max()], "one center alone", [alone.Mebibytes]);

        await first.DisposeAsync();
        var begun = Stopwatch.GetTimestamp();
        await swarm.SomeUnlinkedAsync(cancellationToken);
        await swarm.AllLinkedAsync(cancellationToken);
        yield return new Measurement($"{what}: all at the other center after one was killed", "s", 30, [Stopwatch.GetElapsedTime(begun).TotalSeconds]);

        await a.StartCenterAsync(cancellationToken);
        await second.DisposeAsync();
        begun = Stopwatch.GetTimestamp();
        await b.StartCenterAsync(cancellationToken);
        await swarm.AllLinkedAsync(cancellationToken);
        yield return new Measurement($"{what}: all linked after the other was restarted", "s", 60, [Stopwatch.GetElapsedTime(begun).TotalSeconds]);

        var audit = (await swarm.StopAsync(cancellationToken)).GetProperty("audit");
        yield return new Measurement($"{what}: acknowledged samples that are lost or doubled", "", 0, [Count(audit, "lost") + Count(audit, "doubled")]);
        yield return new Measurement($"{what}: agents called offline wrongly", "", 0, [audit.GetProperty("falselyOffline").GetArrayLength()]);
    }

    private static async Task<(double Cores, double Mebibytes)> AloneAsync(PrivatePostgres postgres, BenchPlan plan, CancellationToken cancellationToken)
    {
        await using var site = new Site(Environment(postgres, Alone, null));
        var center = await site.StartCenterAsync(cancellationToken);
        await using var swarm = RestlessSwarm.Start(
            site, site.Url, await site.EnrolTokenAsync(cancellationToken), await site.ViewerTokenAsync(cancellationToken), plan.Agents);
        await swarm.AllLinkedAsync(cancellationToken);
        var (cores, mebibytes) = await WatchAsync([center], plan, cancellationToken);
        return (cores[0], mebibytes[0]);
    }

    private static async Task<(double[] Cores, double[] Mebibytes)> WatchAsync(RunningProgram[] centers, BenchPlan plan, CancellationToken cancellationToken)
    {
        await Task.Delay(s_settle, cancellationToken);
        var (begun, before) = (Stopwatch.GetTimestamp(), Array.ConvertAll(centers, center => Use.Of(center.Pid)));
        await Task.Delay(plan.Watch, cancellationToken);
        var (seconds, after) = (Stopwatch.GetElapsedTime(begun).TotalSeconds, Array.ConvertAll(centers, center => Use.Of(center.Pid)));
        return ([.. after.Zip(before, (now, then) => (now.Cpu - then.Cpu).TotalSeconds / seconds)], Array.ConvertAll(after, now => now.ResidentMebibytes));
    }

    private static Dictionary<string, string> Environment(PrivatePostgres postgres, string database, PrivateRedis? redis)
    {
        var environment = new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = postgres.UrlOf(database) };
        if (redis is not null)
        {
            environment["NERVE_REDIS"] = redis.Url;
        }

        return environment;
    }

    private static long Count(JsonElement audit, string name) => audit.GetProperty(name).GetInt64();
}
