using Nerve.Server.Agents;
using Nerve.Server.Inventories;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

public abstract class AgentStoreContract : StoreContract
{
    [Fact]
    public async Task Add_EveryField_ComesBackAsItWas()
    {
        var agent = Build.Agent() with
        {
            Hostname = "算力-07",
            Fingerprint = "dmi:9f3c",
            AgentVersion = "1.2.3",
            BootId = "b0075eed",
            ReportedLabels = new Dictionary<string, string> { ["rack"] = "七", ["Rack"] = "7", ["empty"] = "" },
            AssignedLabels = new Dictionary<string, string> { ["owner"] = "Ångström \"quoted\" \\ 🚀" },
            ReportedCluster = "a",
            AssignedCluster = "b",
            LastSeenAt = Build.Now.AddSeconds(1),
            Status = AgentStatus.Suspect,
            Facts = new MachineFacts("Debian 12", "6.1.0", "x86_64", "EPYC 9654", 384, 1_622_722_002_944, "H100", 8, ["10.0.0.2/24", "fd00::2/64"]),
            InventoryHash = "abc",
        };

        await Stores.Agents.AddAsync(agent, Cancel);

        Assert.Equivalent(agent, await Stores.Agents.FindAsync(agent.Id, Cancel), strict: true);
    }

    [Fact]
    public async Task Add_UnknownsAreNull_StayNull()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);

        Assert.Equivalent(agent, await Stores.Agents.FindAsync(agent.Id, Cancel), strict: true);
    }

    [Fact]
    public async Task Add_TimeOfAnotherZone_IsTheSameInstantInUtcMilliseconds()
    {
        var shanghai = new DateTimeOffset(2026, 3, 14, 23, 9, 26, 535, TimeSpan.FromHours(8)).AddTicks(1234);
        var agent = Build.Agent() with { EnrolledAt = shanghai };
        await Stores.Agents.AddAsync(agent, Cancel);

        var stored = (await Stores.Agents.FindAsync(agent.Id, Cancel))!.EnrolledAt;

        Assert.Equal(new DateTimeOffset(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero), stored);
        Assert.Equal(TimeSpan.Zero, stored.Offset);
    }

    [Fact]
    public async Task FindMany_SomeAreUnknown_AnswersTheOthers()
    {
        var ids = Build.Ids(4);
        foreach (var id in ids)
        {
            await Stores.Agents.AddAsync(Build.Agent(id), Cancel);
        }

        Assert.Equal(ids.Take(3), (await Stores.Agents.FindManyAsync([ids[2], Build.Id(), ids[0], ids[1]], Cancel)).Select(agent => agent.Id).Order());
        Assert.Empty(await Stores.Agents.FindManyAsync([], Cancel));
    }

    [Fact]
    public async Task Add_SameIdOrCredential_IsAUniqueConflictAndTheFirstStays()
    {
        var first = Build.Agent();
        await Stores.Agents.AddAsync(first, Cancel);

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Agents.AddAsync(Build.Agent(first.Id) with { Hostname = "other" }, Cancel));
        var thief = Build.Agent() with { CredentialHash = first.CredentialHash };
        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Agents.AddAsync(thief, Cancel));

        Assert.Equal("gpu-01", (await Stores.Agents.FindAsync(first.Id, Cancel))!.Hostname);
        Assert.Null(await Stores.Agents.FindAsync(thief.Id, Cancel));
    }

    [Fact]
    public async Task Add_SameCredentialByManyAtOnce_OneWins()
    {
        var credential = Build.Hash();

        var won = await Contention.RunAsync(async _ =>
        {
            try
            {
                await Stores.Agents.AddAsync(Build.Agent() with { CredentialHash = credential }, Cancel);
                return true;
            }
            catch (UniqueConflictException)
            {
                return false;
            }
        });

        Assert.Single(won, true);
        Assert.Single(await Stores.Agents.PageAsync(null, 100, Cancel));
    }

    [Fact]
    public async Task Add_Cancelled_LeavesNothing()
    {
        var agent = Build.Agent();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Agents.AddAsync(agent, new CancellationToken(canceled: true)));

        Assert.Null(await Stores.Agents.FindAsync(agent.Id, Cancel));
    }

    [Fact]
    public async Task FindByCredential_OtherCase_IsAnotherText()
    {
        var agent = Build.Agent() with { CredentialHash = "abc" };
        await Stores.Agents.AddAsync(agent, Cancel);

        Assert.Equal(agent.Id, (await Stores.Agents.FindByCredentialAsync("abc", Cancel))?.Id);
        Assert.Null(await Stores.Agents.FindByCredentialAsync("ABC", Cancel));
        Assert.Null(await Stores.Agents.FindByCredentialAsync("abc ", Cancel));
    }

    [Fact]
    public async Task FindByFingerprint_SeveralMachines_AnswersTheOneSeenLast()
    {
        foreach (var seen in new DateTimeOffset?[] { Build.Now, Build.Now.AddDays(1), null })
        {
            await Stores.Agents.AddAsync(Build.Agent() with { Fingerprint = "dmi:clone", LastSeenAt = seen }, Cancel);
        }

        Assert.Equal(Build.Now.AddDays(1), (await Stores.Agents.FindByFingerprintAsync("dmi:clone", Cancel))?.LastSeenAt);
        Assert.Null(await Stores.Agents.FindByFingerprintAsync("DMI:clone", Cancel));
    }

    [Fact]
    public async Task Page_InAnyOrderOfArrival_GoesThroughAllInOrderOfId()
    {
        var ids = Build.Ids(23);
        foreach (var id in ids.OrderBy(id => id.ToString()[^4..], StringComparer.Ordinal))
        {
            await Stores.Agents.AddAsync(Build.Agent(id), Cancel);
        }

        var read = await ReadPagesAsync(after => Stores.Agents.PageAsync(after, 5, Cancel), agent => agent.Id, 5);

        Assert.Equal(ids, read.Select(agent => agent.Id));
    }

    [Fact]
    public async Task Page_AgentsComeAndGoMeanwhile_NeitherSkipsNorRepeatsTheOthers()
    {
        var ids = Build.Ids(12);
        foreach (var id in ids.Where((_, i) => i % 2 == 0))
        {
            await Stores.Agents.AddAsync(Build.Agent(id), Cancel);
        }

        var first = await Stores.Agents.PageAsync(null, 3, Cancel);
        await Stores.Agents.AddAsync(Build.Agent(ids[1]), Cancel);
        await Stores.Agents.DeleteAsync(first[^1].Id, Build.Now, Cancel);
        var second = await Stores.Agents.PageAsync(first[^1].Id, 3, Cancel);

        Assert.Equal([ids[0], ids[2], ids[4]], first.Select(agent => agent.Id));
        Assert.Equal([ids[6], ids[8], ids[10]], second.Select(agent => agent.Id));
    }

    [Fact]
    public async Task Update_Known_ReplacesWhatChanged()
    {
        var agent = Build.Agent() with { Fingerprint = "dmi:1" };
        await Stores.Agents.AddAsync(agent, Cancel);

        var changed = await Stores.Agents.UpdateAsync(
            agent.Id, old => old with { Id = Build.Id(), Hostname = "new", Fingerprint = null }, Cancel);

        var expected = agent with { Hostname = "new", Fingerprint = null };
        Assert.Equivalent(expected, changed, strict: true);
        Assert.Equivalent(expected, await Stores.Agents.FindAsync(agent.Id, Cancel), strict: true);
    }

    [Fact]
    public async Task Update_Unknown_AnswersNullAndInsertsNothing()
    {
        Assert.Null(await Stores.Agents.UpdateAsync(Build.Id(), old => old, Cancel));

        Assert.Empty(await Stores.Agents.PageAsync(null, 10, Cancel));
    }

    [Fact]
    public async Task Update_CredentialOfAnother_IsAUniqueConflictAndChangesNothing()
    {
        var (one, other) = (Build.Agent(), Build.Agent());
        await Stores.Agents.AddAsync(one, Cancel);
        await Stores.Agents.AddAsync(other, Cancel);

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Agents.UpdateAsync(
            one.Id, old => old with { CredentialHash = other.CredentialHash, Hostname = "changed" }, Cancel));

        Assert.Equivalent(one, await Stores.Agents.FindAsync(one.Id, Cancel), strict: true);
    }

    [Fact]
    public async Task Update_ManyAtOnce_LoseNothing()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);

        await Contention.RunAsync(caller => Stores.Agents.UpdateAsync(
            agent.Id,
            old => old with { AssignedLabels = new Dictionary<string, string>(old.AssignedLabels) { [$"caller-{caller}"] = "was here" } },
            Cancel));

        Assert.Equal(Contention.Callers, (await Stores.Agents.FindAsync(agent.Id, Cancel))!.AssignedLabels.Count);
    }

    [Fact]
    public async Task SetStatus_SomeUnknown_WritesTheKnownOnes()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);

        await Stores.Agents.SetStatusAsync(
            [new(Build.Id(), AgentStatus.Offline, Build.Now), new(agent.Id, AgentStatus.Offline, Build.Now.AddMinutes(2))], Cancel);

        Assert.Equivalent(
            agent with { Status = AgentStatus.Offline, StatusSince = Build.Now.AddMinutes(2) },
            Assert.Single(await Stores.Agents.PageAsync(null, 10, Cancel)),
            strict: true);
    }

    [Fact]
    public async Task SetStatus_CancelledHalfway_LeavesNothingHalf()
    {
        var agents = Enumerable.Range(0, 20).Select(_ => Build.Agent()).ToList();
        foreach (var agent in agents)
        {
            await Stores.Agents.AddAsync(agent, Cancel);
        }

        using var changes = new CancelledHalfway<StatusChange>([.. agents.Select(agent => new StatusChange(agent.Id, AgentStatus.Offline, Build.Now.AddMinutes(2)))]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Agents.SetStatusAsync(changes, changes.Token));

        Assert.All(await Stores.Agents.PageAsync(null, 100, Cancel), agent => Assert.Equal(Build.Now, agent.StatusSince));
    }

    [Fact]
    public async Task SetStatus_SameAgentTwice_TheLastCounts()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);

        await Stores.Agents.SetStatusAsync(
            [new(agent.Id, AgentStatus.Offline, Build.Now), new(agent.Id, AgentStatus.Online, Build.Now.AddSeconds(1))], Cancel);

        Assert.Equal(AgentStatus.Online, (await Stores.Agents.FindAsync(agent.Id, Cancel))!.Status);
    }

    [Fact]
    public async Task Delete_WithEverythingOfIts_LeavesTheOthersAndIsIdempotent()
    {
        var (gone, stays) = (Build.Agent(), Build.Agent());
        var task = Build.Task();
        var (goneRun, stayingRun) = (Build.Run(task, gone.Id), Build.Run(task, stays.Id));
        foreach (var agent in new[] { gone, stays })
        {
            await Stores.Agents.AddAsync(agent, Cancel);
            await Stores.Heartbeats.WriteAsync([Build.Heartbeat(agent.Id, Build.Now, Build.Sample(Build.Now))], Cancel);
            await Stores.Inventories.AddAsync(new InventorySnapshot(agent.Id, Build.Now, "h", "{}"), Cancel);
        }

        await Stores.Tasks.AddAsync(task, [goneRun, stayingRun], Cancel);
        await Stores.Tasks.AppendOutputAsync(Build.Output(goneRun.Id, 0, [1]), Cancel);

        Assert.True(await Stores.Agents.DeleteAsync(gone.Id, Build.Now, Cancel));
        Assert.False(await Stores.Agents.DeleteAsync(gone.Id, Build.Now, Cancel));

        Assert.Null(await Stores.Agents.FindAsync(gone.Id, Cancel));
        Assert.Null(await Stores.Metrics.LatestAsync(gone.Id, Cancel));
        Assert.Null(await Stores.Inventories.LatestAsync(gone.Id, Cancel));
        Assert.Null(await Stores.Tasks.FindRunAsync(goneRun.Id, Cancel));
        Assert.Empty(await Stores.Tasks.ReadOutputAsync(goneRun.Id, 0, 100, Cancel));
        Assert.NotNull(await Stores.Agents.FindAsync(stays.Id, Cancel));
        Assert.NotNull(await Stores.Metrics.LatestAsync(stays.Id, Cancel));
        Assert.NotNull(await Stores.Inventories.LatestAsync(stays.Id, Cancel));
        Assert.NotNull(await Stores.Tasks.FindRunAsync(stayingRun.Id, Cancel));
    }

    [Theory]
    [InlineData(true, TaskState.Succeeded)]
    [InlineData(false, TaskState.Cancelled)]
    public async Task Delete_WithAnOpenRun_TheTaskFollowsTheRunsThatRemain(bool otherSucceeded, TaskState expected)
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);
        var task = Build.Task();
        var other = Build.Run(task);
        await Stores.Tasks.AddAsync(task, otherSucceeded ? [Build.Run(task, agent.Id), other] : [Build.Run(task, agent.Id)], Cancel);
        await Stores.Tasks.ChangeRunAsync(
            other.Id, RunTransitions.Open, run => run with { State = Protocol.Runs.RunState.Succeeded, FinishedAt = Build.Now }, Cancel);

        await Stores.Agents.DeleteAsync(agent.Id, Build.Now.AddMinutes(1), Cancel);

        var stored = await Stores.Tasks.FindAsync(task.Id, Cancel);
        Assert.Equal((expected, Build.Now.AddMinutes(1)), (stored!.State, stored.FinishedAt));
    }
}
