using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.Tests.Mongo;
using Nerve.Storage.Tests.Postgres;
using Nerve.Storage.Tests.Sqlite;

namespace Nerve.Storage.Tests.Portable;

/// <summary>A fleet as a file, and from one database into another.</summary>
public sealed class PortableTests : IDisposable
{
    private static readonly Filling s_filling = new("sqlite:/old/nerve.db", "nerve-center db copy --from sqlite:/old/nerve.db --to env:NEW", Build.Now);

    private static readonly string[] s_ofAgents = ["inventories", "stale_hours", "rollups", "samples"];

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-portable-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_folder, "fleet.backup");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Copy_FromEngineToEngineAndBack_KeepsEveryRecord()
    {
        await using var first = await SqliteStores.OpenAsync();
        await using var second = await PostgresStores.OpenAsync();
        await using var third = await MongoStores.OpenAsync(Topology.ReplicaSet);
        await using var last = await SqliteStores.OpenAsync();
        await FillAsync(first);
        var sums = await SumsAsync(first);
        Assert.All(sums, sum => Assert.True(sum.Value.Count > 0, $"{sum.Key} is empty"));

        await CopyAsync(first, second);
        await CopyAsync(second, third);
        await CopyAsync(third, last);

        Assert.Equal(sums, await SumsAsync(second));
        Assert.Equal(sums, await SumsAsync(third));
        Assert.Equal(sums, await SumsAsync(last));
        await FindsTasksAsync(second, third, last);
        Assert.Null(await Portable(last).FindFillingAsync(Cancel));
        Assert.Empty(await last.Services.GetRequiredService<IStorage>().CheckAsync(Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Copy_CutOffAndDoneAgain_Completes(string engine)
    {
        await using var source = await SqliteStores.OpenAsync();
        await using var target = await OpenAsync(engine);
        await FillAsync(source);
        using var cutOff = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyJob.RunAsync(
            Portable(source), Portable(target), s_filling, (section, _) => { if (section.Name == "tasks") { cutOff.Cancel(); } }, cutOff.Token));
        var half = await Portable(target).SnapshotAsync(Cancel);
        Assert.Equal(0, (await Section.All.Single(section => section.Name == "samples").SumAsync(half, Cancel)).Count);
        await half.DisposeAsync();
        await target.Services.GetRequiredService<IStorage>().MigrateAsync(Cancel); // as the command does, done again: tasks without their runs stay as they are
        Assert.Equal(s_filling, await Portable(target).FindFillingAsync(Cancel));

        await CopyAsync(source, target);
        Assert.Equal(await SumsAsync(source), await SumsAsync(target));
        await FindsTasksAsync(target);
        Assert.Null(await Portable(target).FindFillingAsync(Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Filling_BegunAgainAndEnded_IsTheLastOneAndThenNone(string engine)
    {
        await using var stores = await OpenAsync(engine);
        var storage = Portable(stores);
        Assert.Null(await storage.FindFillingAsync(Cancel));

        await storage.BeginFillingAsync(s_filling with { Source = "another" }, Cancel);
        await storage.BeginFillingAsync(s_filling, Cancel);
        Assert.Equal(s_filling, await storage.FindFillingAsync(Cancel));

        await storage.EndFillingAsync(Cancel);
        await storage.EndFillingAsync(Cancel);
        Assert.Null(await storage.FindFillingAsync(Cancel));
    }

    /// <summary>Half of the samples are there, and one of them has other values, as if a center had written it.</summary>
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Import_SamplesThatAreThere_AreLeftAndTheOthersAdded(string engine)
    {
        await using var stores = await OpenAsync(engine);
        var agents = Build.Ids(3);
        foreach (var agent in agents)
        {
            await stores.Agents.AddAsync(Build.Agent(agent), Cancel);
        }

        StoredSample SampleOf(int i, byte value) => new(agents[i % 3], Build.Now.AddSeconds(i), Build.Schema.Id, [value, 0, 0, 0, 0, 0, 0, 0]);
        var samples = Enumerable.Range(0, 300).Select(i => SampleOf(i, (byte)i)).ToList();
        await Portable(stores).ImportAsync<StoredSample>([SampleOf(7, 99), .. samples.Where((_, i) => i % 2 == 0)], Cancel);

        await Portable(stores).ImportAsync<StoredSample>(samples, Cancel);
        await Portable(stores).ImportAsync<StoredSample>(samples, Cancel);

        await using var snapshot = await Portable(stores).SnapshotAsync(Cancel);
        var found = await snapshot.ReadAsync<StoredSample>(Cancel).OrderBy(sample => sample.At).ToListAsync(Cancel);
        Assert.Equal(samples.Select((sample, i) => i == 7 ? 99 : (int)sample.Values[0]), found.Select(sample => (int)sample.Values[0]));
    }

    /// <summary>The other fleet's center can still start.</summary>
    [Fact]
    public async Task Copy_IntoAnotherFleet_NamesWhatDiffersAndLeavesNoNote()
    {
        await using var source = await SqliteStores.OpenAsync();
        await using var target = await SqliteStores.OpenAsync();
        await source.Users.AddAsync(Build.User(), Cancel);
        await target.Users.AddAsync(Build.User("bob"), Cancel);

        Assert.Equal(["users"], await CopyJob.RunAsync(Portable(source), Portable(target), s_filling, (_, _) => { }, Cancel));
        Assert.Null(await Portable(target).FindFillingAsync(Cancel));
    }

    [Theory]
    [InlineData("postgres", "sqlite")]
    [InlineData("mongodb", "postgres")]
    [InlineData("sqlite", "mongodb")]
    public async Task Backup_RestoredElsewhere_IsTheSameFleet(string from, string to)
    {
        await using var source = await OpenAsync(from);
        await using var target = await OpenAsync(to);
        await FillAsync(source);

        var written = await BackupFile.WriteAsync(FilePath, Portable(source), Build.Now, Cancel);
        Assert.Equal(written, await BackupFile.CheckAsync(FilePath, Cancel));
        await BackupFile.RestoreAsync(FilePath, Portable(target), Cancel);

        Assert.Equal(await SumsAsync(source), await SumsAsync(target));
        await FindsTasksAsync(target);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    /// <summary>Everything of one moment: writers go on meanwhile, and what they write is not in it.</summary>
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Snapshot_WhileOthersWrite_StaysAsItWas(string engine)
    {
        await using var stores = await OpenAsync(engine);
        await stores.Users.AddAsync(Build.User(), Cancel);
        await using var snapshot = await Portable(stores).SnapshotAsync(Cancel);
        await Section.All[0].SumAsync(snapshot, Cancel);

        await stores.Users.AddAsync(Build.User("bob"), Cancel);
        await stores.Agents.AddAsync(Build.Agent(), Cancel);

        Assert.Equal(1, (await Section.All[0].SumAsync(snapshot, Cancel)).Count);
        Assert.Equal(0, (await Section.All.Single(section => section.Name == "agents").SumAsync(snapshot, Cancel)).Count);
    }

    /// <summary>Also on MongoDB, which has no one moment: nothing of an agent that came after the agents were read.</summary>
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Snapshot_AgentAddedMeanwhile_HasNothingOfIt(string engine)
    {
        await using var stores = await OpenAsync(engine);
        await AddMeasuredAgentAsync(stores);
        await using var snapshot = await Portable(stores).SnapshotAsync(Cancel);
        await SumAsync(snapshot, "agents");

        await AddMeasuredAgentAsync(stores);

        foreach (var section in s_ofAgents)
        {
            Assert.Equal(1, (await SumAsync(snapshot, section)).Count);
        }
    }

    /// <summary>A write that raced with the removal of its agent leaves something behind, and not the same on every engine.</summary>
    [Theory]
    [InlineData("sqlite", "mongodb")]
    [InlineData("mongodb", "postgres")]
    [InlineData("postgres", "sqlite")]
    public async Task Copy_OfWhatARemovedAgentLeft_LeavesItOut(string from, string to)
    {
        await using var source = await OpenAsync(from);
        await using var target = await OpenAsync(to);
        await AddMeasuredAgentAsync(source);
        var gone = Build.Id();
        await Portable(source).ImportAsync<InventorySnapshot>([new InventorySnapshot(gone, Build.Now, "hash", "{}")], Cancel);
        await Portable(source).ImportAsync<StaleHour>([new StaleHour(gone, Hours.Of(Build.Now), Build.Now)], Cancel);
        await Portable(source).ImportAsync<RollUp>([new RollUp(gone, RollUpLevel.OneHour, Hours.Of(Build.Now), Build.Schema.Id, [1])], Cancel);
        await Portable(source).ImportAsync<StoredSample>([new StoredSample(gone, Build.Now, Build.Schema.Id, [1, 0, 0, 0, 0, 0, 0, 0])], Cancel);

        await CopyAsync(source, target);

        var sums = await SumsAsync(target);
        Assert.All(s_ofAgents, section => Assert.Equal(1, sums[section].Count));
    }

    /// <summary>RFC 1952 ends a file with a checksum and a length, after the end mark of the last block: some bytes that no record needs.</summary>
    private const int GzipEnd = 32;

    [Fact]
    public async Task Check_AFileThatWasCutOffAnywhere_IsRefused()
    {
        await using var source = await SqliteStores.OpenAsync();
        await FillAsync(source);
        await BackupFile.WriteAsync(FilePath, Portable(source), Build.Now, Cancel);
        var whole = await File.ReadAllBytesAsync(FilePath, Cancel);

        foreach (var part in Enumerable.Range(0, 51))
        {
            await File.WriteAllBytesAsync(FilePath, whole[..((whole.Length - GzipEnd) * part / 50)], Cancel);
            var problem = await Assert.ThrowsAsync<DatabaseException>(() => BackupFile.CheckAsync(FilePath, Cancel));
            Assert.Contains(FilePath, problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_AFileThatLacksOnlyTheEndOfGzip_FindsEveryRecordOrIsRefused()
    {
        await using var source = await SqliteStores.OpenAsync();
        await FillAsync(source);
        var written = await BackupFile.WriteAsync(FilePath, Portable(source), Build.Now, Cancel);
        var whole = await File.ReadAllBytesAsync(FilePath, Cancel);

        for (var missing = 1; missing < GzipEnd; missing++)
        {
            await File.WriteAllBytesAsync(FilePath, whole[..^missing], Cancel);
            try
            {
                Assert.Equal(written, await BackupFile.CheckAsync(FilePath, Cancel));
            }
            catch (DatabaseException problem)
            {
                Assert.Contains(FilePath, problem.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Whole as a gzip file, but not what was written.</summary>
    [Theory]
    [InlineData("\"username\":\"ada\"", "\"username\":\"eve\"", "its end counts")]
    [InlineData("\"version\":1", "\"version\":9", "the format 9")]
    [InlineData("{\"section\":\"users\"}", "{\"section\":\"gadgets\"}", "gadgets")]
    [InlineData("{\"end\"", "{\"user\"", "")]
    [InlineData("nerve-backup", "tar", "does not begin")]
    public async Task Check_AFileThatWasChanged_IsRefused(string old, string changed, string expected)
    {
        await using var source = await SqliteStores.OpenAsync();
        await source.Users.AddAsync(Build.User(), Cancel);
        await BackupFile.WriteAsync(FilePath, Portable(source), Build.Now, Cancel);
        string text;
        using (var reader = new StreamReader(new GZipStream(File.OpenRead(FilePath), CompressionMode.Decompress)))
        {
            text = await reader.ReadToEndAsync(Cancel);
        }

        Assert.Contains(old, text, StringComparison.Ordinal);
        await using (var writer = new StreamWriter(new GZipStream(File.Create(FilePath), CompressionLevel.Fastest)))
        {
            await writer.WriteAsync(text.Replace(old, changed, StringComparison.Ordinal));
        }

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => BackupFile.CheckAsync(FilePath, Cancel));
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    /// <summary>Between the check and the reading: by then there may be records in the database.</summary>
    [Fact]
    public async Task Restore_AFileThatWasCutOffMeanwhile_DoesNotClaimThatNothingChanged()
    {
        await using var source = await SqliteStores.OpenAsync();
        await FillAsync(source);
        await BackupFile.WriteAsync(FilePath, Portable(source), Build.Now, Cancel);
        await File.WriteAllBytesAsync(FilePath, (await File.ReadAllBytesAsync(FilePath, Cancel))[..^40], Cancel);
        await using var target = await SqliteStores.OpenAsync();

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => BackupFile.RestoreAsync(FilePath, Portable(target), Cancel));

        Assert.NotEmpty(await target.Users.ListAsync(Cancel));
        Assert.DoesNotContain("Nothing has been changed", problem.Message, StringComparison.Ordinal);
        Assert.Contains("another empty database", problem.Message, StringComparison.Ordinal);
    }

    private static ValueTask<TestStores> OpenAsync(string engine) => engine switch
    {
        "sqlite" => SqliteStores.OpenAsync(),
        "postgres" => PostgresStores.OpenAsync(),
        _ => MongoStores.OpenAsync(Topology.Standalone),
    };

    /// <summary>As <see cref="FillAsync"/> made them.</summary>
    private static async Task FindsTasksAsync(params TestStores[] filled)
    {
        foreach (var stores in filled)
        {
            Assert.Equal(30, (await stores.Tasks.ListAsync(null, "ECHO 'hi'", null, 100, Cancel)).Total);
        }
    }

    private static Task<SectionSum> SumAsync(ISnapshot snapshot, string name) => Section.All.Single(section => section.Name == name).SumAsync(snapshot, Cancel);

    /// <summary>With one of each of <see cref="s_ofAgents"/>.</summary>
    private static async Task AddMeasuredAgentAsync(TestStores stores)
    {
        var agent = Build.Agent();
        await stores.Agents.AddAsync(agent, Cancel);
        await stores.Inventories.AddAsync(new InventorySnapshot(agent.Id, Build.Now, "hash", "{}"), Cancel);
        await stores.Heartbeats.WriteAsync(
            [Build.Heartbeat(agent.Id, Build.Now, Build.Sample(Build.Now)) with { StaleHours = [new StaleHour(agent.Id, Hours.Of(Build.Now), Build.Now)] }], Cancel);
        await stores.RollUps.WriteAsync([new RollUp(agent.Id, RollUpLevel.OneHour, Hours.Of(Build.Now), Build.Schema.Id, [1])], [], Cancel);
    }

    private static IPortableStorage Portable(TestStores stores) => (IPortableStorage)stores.Services.GetRequiredService<IStorage>();

    private static async Task CopyAsync(TestStores from, TestStores to) =>
        Assert.Empty(await CopyJob.RunAsync(Portable(from), Portable(to), s_filling, (_, _) => { }, Cancel));

    private static async Task<Dictionary<string, SectionSum>> SumsAsync(TestStores stores)
    {
        await using var snapshot = await Portable(stores).SnapshotAsync(Cancel);
        var sums = new Dictionary<string, SectionSum>();
        foreach (var section in Section.All)
        {
            sums[section.Name] = await section.SumAsync(snapshot, Cancel);
        }

        return sums;
    }

    /// <summary>Something of everything, with what engines like to lose: milliseconds, nulls, quotes, bytes, other scripts,
    /// and what PostgreSQL keeps of no text: NUL and half of a pair.</summary>
    private static async Task FillAsync(TestStores stores)
    {
        await stores.Users.AddAsync(Build.User(), Cancel);
        await stores.Tokens.AddAsync(Build.ApiToken() with { ExpiresAt = Build.Now.AddDays(1) }, Cancel);
        await stores.Tokens.AddAsync(Build.EnrolToken(maxUses: 3), Cancel);
        await stores.Settings.SaveAsync(new FleetSettings { SampleSeconds = 20, ChangedAt = Build.Now, ChangedBy = "ada" }, Cancel);
        await stores.Metrics.AddSchemaAsync(Build.Schema, Cancel);
        for (var i = 0; i < 30; i++)
        {
            var agent = Build.Agent() with
            {
                Hostname = $"算力-{i} \"x\"",
                ReportedLabels = new Dictionary<string, string> { ["zone.io/$a"] = "é", ["a"] = "" },
                AssignedCluster = i % 2 == 0 ? "blue" : null,
            };
            await stores.Agents.AddAsync(agent, Cancel);
            await stores.Inventories.AddAsync(new InventorySnapshot(agent.Id, Build.Now.AddMilliseconds(i), "hash", """{"host":  "算力"}"""), Cancel);
            await stores.Heartbeats.WriteAsync(
                [
                    Build.Heartbeat(
                        agent.Id, Build.Now.AddSeconds(i),
                        [.. Enumerable.Range(0, 40).Select(s => Build.Sample(Build.Now.AddSeconds(-10 * s), s / 3.0, null)), Build.Sample(DateTimeOffset.UnixEpoch.AddDays(-1), 1, 1)]) with
                    {
                        StaleHours = [new StaleHour(agent.Id, Hours.Of(Build.Now), Build.Now)],
                    },
                ],
                Cancel);
            await stores.RollUps.WriteAsync(
                [.. RollUpLevels.All.Select(level => new RollUp(agent.Id, level, Hours.Of(Build.Now).AddHours(-5), Build.Schema.Id, [1, 2, 0, 255]))], [], Cancel);
            var task = Build.Task(key: i % 3 == 0 ? null : $"key-{i}") with { Spec = new() { Script = "echo 'hi'\n", Env = new Dictionary<string, string> { ["A.B"] = "$C" }, TimeoutSeconds = 5, SecretNames = ["KEY"], Retries = new RetrySpec(2, [75, 3], 5) } };
            var run = Build.Run(task, agent.Id) with { Attempt = 2, NotBefore = Build.Now };
            await stores.Tasks.AddAsync(task, [run], Cancel);
            await stores.Audit.AppendAsync([Build.Deed(target: $"{task.Id}")], Cancel);
            await stores.Tasks.SetOutputHashesAsync([(run.Id, "5e")], Cancel);
            await stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 0, [0, 1, 255]), Cancel);
            await stores.Tasks.ChangeRunAsync(
                run.Id, [RunState.Pending], old => old with { State = RunState.Failed, ExitCode = 3, Error = "a\0b\ud800", StartedAt = Build.Now, FinishedAt = Build.Now.AddMilliseconds(7) }, Cancel);
        }

        var waiting = Build.Task();
        await stores.Tasks.AddAsync(waiting, [Build.Run(waiting)], Cancel);
    }
}
