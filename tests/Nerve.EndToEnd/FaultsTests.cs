using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nerve.EndToEnd.Harness;
using Nerve.Redis.Tests;
using Nerve.Storage.Tests.Postgres;

namespace Nerve.EndToEnd;

/// <summary>Two centers, a database, a Redis and a swarm of agents, and one fault after the other. NERVE_FAULT_ROUNDS says how many, NERVE_FAULT_SEED which.</summary>
public sealed class FaultsTests
{
    private const int DefaultRounds = 50;
    private const int DefaultSeed = 20_261_128;
    private const int Agents = 30;

    /// <summary>How often a task is given to everybody.</summary>
    private const int RoundsOfATask = 5;

    private static readonly TimeSpan s_heartbeat = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Rounds_OfFaults_LoseNothingDoubleNothingAndCallNobodyOffline()
    {
        var rounds = Setting("NERVE_FAULT_ROUNDS") ?? DefaultRounds;
        var seed = Setting("NERVE_FAULT_SEED") ?? DefaultSeed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} rounds, NERVE_FAULT_SEED={seed}");
        await using var fleet = await FaultyFleet.StartAsync(Agents);
        var faults = new Faults(fleet, new Random(seed));
        JsonElement audit;
        try
        {
            await RunTasksAmidAsync(faults, fleet, rounds);
            audit = await fleet.AuditAsync();
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join('\n', faults.Done)}\n{fleet.A.Logs()}\n{fleet.B.Logs()}");
            throw;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{audit}\n{string.Join('\n', faults.Done)}");
        Assert.True(audit.GetProperty("promised").GetInt64() > Agents);
        Assert.True(audit.GetProperty("isClean").GetBoolean(), fleet.A.Logs());
    }

    private static async Task RunTasksAmidAsync(Faults faults, FaultyFleet fleet, int rounds)
    {
        var tasks = new List<Guid>();
        for (var round = 0; round < rounds; round++)
        {
            if (round % RoundsOfATask == 0)
            {
                tasks.Add(await MakeTaskAsync(fleet.Healthy));
            }

            await faults.NextAsync();
        }

        foreach (var task in tasks)
        {
            var done = await fleet.A.EventuallyAsync("every run of a task is over", () => fleet.A.Api.TaskAsync(task), now => now.Counts.GetValueOrDefault("succeeded") == Agents);
            Assert.Equal(Agents, done.Counts.Values.Sum());
        }
    }

    /// <summary>Repeated as a person would: what was cut off with the database is refused, and said to be.</summary>
    private static async Task<Guid> MakeTaskAsync(Site site) => (await site.EventuallyAsync(
        "a task is made",
        async () =>
        {
            using var reply = await site.Api.TryPostAsync("tasks", new { kind = "command", target = new { all = true }, command = "true" });
            if (reply.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return null;
            }

            Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
            return await reply.Content.ReadFromJsonAsync<TaskInfo>();
        },
        task => task is not null))!.Id;

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>One fault after the other, each over before the next.</summary>
    private sealed class Faults(FaultyFleet fleet, Random random)
    {
        public List<string> Done { get; } = [];

        public async Task NextAsync()
        {
            var isFirst = random.Next(2) == 0;
            var (victim, links, clock) = isFirst ? (fleet.A, fleet.LinksToA, fleet.ClockOfA) : (fleet.B, fleet.LinksToB, fleet.ClockOfB);
            var pause = TimeSpan.FromMilliseconds(random.Next(100, 2000));
            switch (random.Next(clock is null ? 18 : 20))
            {
                case < 3:
                    Done.Add($"killed {victim.Port}");
                    await victim.Center.KillAsync();
                    await victim.StartCenterAsync();
                    break;
                case < 5:
                    Done.Add($"stopped {victim.Port} in good order");
                    await victim.Center.StopAsync();
                    await victim.StartCenterAsync();
                    break;
                case < 8:
                    Done.Add($"froze {victim.Port} for {pause.TotalSeconds:F1} s");
                    Signals.Send(victim.Center.Id, Signals.Stop);
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    Signals.Send(victim.Center.Id, Signals.Continue);
                    break;
                case < 10:
                    Done.Add($"took the database away for {pause.TotalSeconds:F1} s");
                    fleet.Database.Close();
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    fleet.Database.Open();
                    break;
                case < 12:
                    Done.Add($"cut all links to {victim.Port}");
                    links.CutAll();
                    break;
                case < 14:
                    Done.Add($"held up all links to {victim.Port} for {pause.TotalSeconds:F1} s");
                    links.Hold();
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    links.Release();
                    break;
                case < 16:
                    Done.Add($"took Redis away for {pause.TotalSeconds:F1} s");
                    await fleet.Redis.StopAsync();
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    await fleet.Redis.StartAgainAsync();
                    break;
                case < 18:
                    Done.Add($"brought what was said to {victim.Port} {pause.TotalSeconds:F1} s after its links had ended");
                    links.Hold();
                    await Task.Delay(s_heartbeat, TestContext.Current.CancellationToken);
                    links.HangUp();
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    links.Release();
                    break;
                default:
                    var ahead = TimeSpan.FromSeconds(random.Next(-900, 900));
                    Done.Add($"set the clock of {victim.Port} by {ahead.TotalSeconds} s for {pause.TotalSeconds:F1} s");
                    clock!.Set(ahead);
                    await Task.Delay(pause, TestContext.Current.CancellationToken);
                    clock.Set(TimeSpan.Zero);
                    break;
            }
        }
    }

    private sealed class FaultyFleet : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-clocks-");
        private ChildProcess _swarm = null!;

        public Site A { get; private set; } = null!;

        public Site B { get; private set; } = null!;

        public Relay LinksToA { get; private set; } = null!;

        public Relay LinksToB { get; private set; } = null!;

        public Relay Database { get; private set; } = null!;

        public RedisServer Redis { get; private set; } = null!;

        /// <summary>Null where none can be set.</summary>
        public WallClock? ClockOfA { get; private set; }

        public WallClock? ClockOfB { get; private set; }

        /// <summary>Between the rounds both are.</summary>
        public Site Healthy => A;

        public static async Task<FaultyFleet> StartAsync(int agents)
        {
            var fleet = new FaultyFleet();
            try
            {
                var postgres = await PostgresServer.SharedAsync();
                var database = $"faults_{Guid.NewGuid():N}";
                await postgres.ExecuteAsync($"CREATE DATABASE {database}");
                fleet.Database = new Relay(new Uri(postgres.UrlOf(database)).Port);
                fleet.Redis = await RedisServer.StartAsync();
                var environment = new Dictionary<string, string>
                {
                    ["NERVE_STORAGE"] = "postgres",
                    ["NERVE_STORAGE_URL"] = new UriBuilder(postgres.UrlOf(database)) { Port = fleet.Database.Port }.Uri.AbsoluteUri,
                    ["NERVE_REDIS"] = fleet.Redis.Url,
                };
                if (WallClock.Missing is null)
                {
                    (fleet.ClockOfA, fleet.ClockOfB) = (new WallClock(fleet._folder.FullName), new WallClock(fleet._folder.FullName));
                }

                fleet.A = await Site.StartNodeAsync(With(environment, fleet.ClockOfA), null);
                fleet.B = await Site.StartNodeAsync(With(environment, fleet.ClockOfB), fleet.A);
                (fleet.LinksToA, fleet.LinksToB) = (new Relay(fleet.A.Port), new Relay(fleet.B.Port));
                await fleet.StartSwarmAsync(agents);
                return fleet;
            }
            catch
            {
                await fleet.DisposeAsync();
                throw;
            }
        }

        /// <summary>The swarm's own comparison of promises and store, after its end.</summary>
        public async Task<JsonElement> AuditAsync()
        {
            await _swarm.StopAsync();
            using var report = JsonDocument.Parse(await File.ReadAllTextAsync(A.At("swarm.json"), TestContext.Current.CancellationToken));
            return report.RootElement.GetProperty("audit").Clone();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var relay in new[] { LinksToA, LinksToB, Database })
            {
                await (relay?.DisposeAsync() ?? ValueTask.CompletedTask);
            }

            await (A?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (B?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (Redis?.DisposeAsync() ?? ValueTask.CompletedTask);
            _folder.Delete(recursive: true);
            WallClock.Sweep();
        }

        private static IReadOnlyDictionary<string, string> With(Dictionary<string, string> environment, WallClock? clock) =>
            clock is null ? environment : environment.Concat(clock.Environment).ToDictionary();

        private async Task StartSwarmAsync(int agents)
        {
            _swarm = A.StartProcess(
                "swarm", Programs.Swarm,
                ["--agents", $"{agents}", "--server", $"http://127.0.0.1:{LinksToA.Port},http://127.0.0.1:{LinksToB.Port}", "--token-file", A.WriteToken(), "--ramp", "1s", "--interval", $"{s_heartbeat.TotalMilliseconds}ms", "--duration", "0s", "--report", A.At("swarm.json")],
                new Dictionary<string, string> { ["NERVE_API_TOKEN"] = await A.Api.CreateViewerTokenAsync() });
            await A.EventuallyAsync("the swarm is there", A.Api.AgentsAsync, known => known.Count(agent => agent.Status == "online") == agents);
        }
    }
}
