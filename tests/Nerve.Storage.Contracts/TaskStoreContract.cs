using Nerve.Protocol.Runs;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

/// <summary>Tasks: adding, finding, listing. Their runs are in <see cref="RunContract"/> and <see cref="RunOutputContract"/>.</summary>
public abstract class TaskStoreContract : StoreContract
{
    [Fact]
    public async Task Add_EveryField_ComesBackAsItWas()
    {
        var task = Build.Task(key: "key") with
        {
            Kind = TaskKind.Script,
            Name = "更新驱动 🚀",
            Spec = new TaskSpec
            {
                Script = "#!/bin/sh\necho \"<&'%_\\\"\r\n\t算力",
                Interpreter = "/bin/sh",
                Args = ["", " a ", "-x"],
                Env = new Dictionary<string, string> { ["PATH"] = "/bin", ["path"] = "x" },
                User = "nobody",
                WorkingDirectory = "/tmp",
                Stdin = "in\n",
                TimeoutSeconds = 5,
                OutputLimitBytes = long.MaxValue,
                Limits = new RunLimits(250, null, 64),
            },
            Target = new TaskTarget { Agents = [Build.Id(), Build.Id()] },
            State = TaskState.Running,
            FinishedAt = Build.Now.AddDays(1),
            RequestHash = "hash",
        };

        await Stores.Tasks.AddAsync(task, [], Cancel);

        Assert.Equivalent(task, await Stores.Tasks.FindAsync(task.Id, Cancel), strict: true);
        Assert.Null(await Stores.Tasks.FindAsync(Build.Id(), Cancel));
    }

    [Fact]
    public async Task Add_TheSameKeyOfOneCreator_IsAUniqueConflictAndLeavesNothingHalf()
    {
        var first = Build.Task(key: "key");
        await Stores.Tasks.AddAsync(first, [Build.Run(first)], Cancel);
        var second = Build.Task(key: "key");
        var run = Build.Run(second);

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Tasks.AddAsync(second, [run], Cancel));

        Assert.Null(await Stores.Tasks.FindAsync(second.Id, Cancel));
        Assert.Null(await Stores.Tasks.FindRunAsync(run.Id, Cancel));
        Assert.Equal(first.Id, (await Stores.Tasks.FindByKeyAsync("ada", "key", Cancel))?.Id);
    }

    [Fact]
    public async Task Add_OneKeyByManyAtOnce_OneWins()
    {
        var won = await Contention.RunAsync(async _ =>
        {
            try
            {
                var task = Build.Task(key: "key");
                await Stores.Tasks.AddAsync(task, [Build.Run(task)], Cancel);
                return true;
            }
            catch (UniqueConflictException)
            {
                return false;
            }
        });

        Assert.Single(won, true);
        Assert.Equal(1, (await Stores.Tasks.ListAsync(null, null, null, 10, Cancel)).Total);
    }

    [Fact]
    public async Task Add_OtherKeysOtherCreatorsOrNone_AreNoConflict()
    {
        foreach (var task in new[]
        {
            Build.Task(), Build.Task(), Build.Task(key: "key"), Build.Task(key: "KEY"), Build.Task(key: "key") with { CreatedBy = "bob" },
        })
        {
            await Stores.Tasks.AddAsync(task, [], Cancel);
        }

        Assert.Equal("bob", (await Stores.Tasks.FindByKeyAsync("bob", "key", Cancel))!.CreatedBy);
        Assert.Null(await Stores.Tasks.FindByKeyAsync("Bob", "key", Cancel));
    }

    [Fact]
    public async Task Add_TwoRunsOfOneAgent_IsAUniqueConflictAndLeavesNothingHalf()
    {
        var task = Build.Task();
        var agent = Build.Id();

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Tasks.AddAsync(task, [Build.Run(task, agent), Build.Run(task, agent)], Cancel));

        Assert.Null(await Stores.Tasks.FindAsync(task.Id, Cancel));
    }

    [Fact]
    public async Task Add_Cancelled_LeavesNothingHalf()
    {
        var task = Build.Task();
        using var runs = new CancelledHalfway<Run>([.. Enumerable.Range(0, 40).Select(_ => Build.Run(task))]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Tasks.AddAsync(task, runs, runs.Token));

        Assert.Null(await Stores.Tasks.FindAsync(task.Id, Cancel));
        Assert.Equal(0, (await Stores.Tasks.ListRunsAsync(task.Id, null, null, 100, Cancel)).Total);
    }

    [Fact]
    public async Task List_ByPages_GoesBackThroughAllNewestFirst()
    {
        var ids = Build.Ids(17);
        foreach (var id in ids.OrderBy(id => id.ToString()[^4..], StringComparer.Ordinal))
        {
            await Stores.Tasks.AddAsync(Build.Task(id), [], Cancel);
        }

        var read = await ReadPagesAsync(async before => (await Stores.Tasks.ListAsync(null, null, before, 4, Cancel)).Tasks, task => task.Id, 4);

        Assert.Equal(ids.Reverse(), read.Select(task => task.Id));
        Assert.Equal(17, (await Stores.Tasks.ListAsync(null, null, ids[3], 4, Cancel)).Total);
        Assert.Equal(ids.Skip(13).Reverse(), (await Stores.Tasks.ListAsync(null, null, null, 4, task => task.Id, Cancel)).Tasks);
    }

    [Fact]
    public async Task List_ByState_AnswersAndCountsOnlyThese()
    {
        foreach (var state in new[] { TaskState.Pending, TaskState.Failed, TaskState.Failed, TaskState.Succeeded })
        {
            await Stores.Tasks.AddAsync(Build.Task() with { State = state }, [], Cancel);
        }

        var (tasks, total) = await Stores.Tasks.ListAsync(TaskState.Failed, null, null, 1, Cancel);

        Assert.Equal(TaskState.Failed, Assert.Single(tasks).State);
        Assert.Equal(2, total);
    }

    [Theory]
    [InlineData("driver", "name")]
    [InlineData("DRIVER", "name")]
    [InlineData("驱动", "name")]
    [InlineData("/bin/Uptime", "command")]
    [InlineData("脚本", "script")]
    [InlineData("nvidia-smi", "arguments")]
    [InlineData("100%", "percent")]
    [InlineData("a_b", "underscore")]
    [InlineData(@"C:\x", "backslash")]
    [InlineData("say \"hi\"", "quotes")]
    [InlineData("nul\0", null)]
    [InlineData("timeout", null)]
    [InlineData("SECRET", null)]
    [InlineData("", "arguments backslash command name other percent quotes script underscore")]
    public async Task List_ByText_FindsItInWhatRunsAndNowhereElse(string text, string? found)
    {
        var names = new Dictionary<Guid, string>();
        foreach (var (label, task) in new[]
        {
            ("name", Build.Task(name: "Update driver 驱动")),
            ("command", Build.Task(command: "/usr/bin/uptime")),
            ("script", Build.Task() with { Kind = TaskKind.Script, Spec = new TaskSpec { Script = "echo 脚本", TimeoutSeconds = 5 } }),
            ("arguments", Build.Task() with { Spec = new TaskSpec { Command = "/bin/sh", Args = ["-c", "nvidia-smi -q"], TimeoutSeconds = 5 } }),
            ("percent", Build.Task(name: "fill 100% of it")),
            ("underscore", Build.Task(name: "a_b")),
            ("backslash", Build.Task(command: @"C:\x")),
            ("quotes", Build.Task(command: "say \"hi\"")),
            ("other", Build.Task(name: "axb 1000 C:/x") with
            {
                Spec = new TaskSpec { Command = "/bin/true", Env = new Dictionary<string, string> { ["KEY"] = "SECRET" }, Stdin = "SECRET" },
            }),
        })
        {
            names[task.Id] = label;
            await Stores.Tasks.AddAsync(task, [], Cancel);
        }

        var (tasks, total) = await Stores.Tasks.ListAsync(null, text, null, 100, Cancel);

        Assert.Equal(found?.Split(' ') ?? [], tasks.Select(task => names[task.Id]).Order(StringComparer.Ordinal));
        Assert.Equal(tasks.Count, total);
    }

    [Fact]
    public async Task CountRuns_SeveralTasks_CountsEachInEachState()
    {
        var (one, other, empty) = (Build.Task(), Build.Task(), Build.Task());
        await Stores.Tasks.AddAsync(one, [.. Enum.GetValues<RunState>().Select(state => Build.Run(one) with { State = state })], Cancel);
        await Stores.Tasks.AddAsync(other, [Build.Run(other), Build.Run(other)], Cancel);
        await Stores.Tasks.AddAsync(empty, [], Cancel);

        var counts = await Stores.Tasks.CountRunsAsync([one.Id, other.Id, empty.Id, Build.Id()], Cancel);

        Assert.Equal(new RunCounts(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), counts[one.Id]);
        Assert.Equal(new RunCounts(Pending: 2), counts[other.Id]);
        Assert.Equal(2, counts.Count);
    }
}
