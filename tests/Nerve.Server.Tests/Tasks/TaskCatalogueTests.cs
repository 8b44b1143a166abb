using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

public sealed class TaskCatalogueTests : IAsyncLifetime
{
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync();

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Find_ManyLongScripts_KeepsTheNewestForWhichThereIsRoom()
    {
        var tasks = await AddAsync(count: 40, new string('x', 500_000));
        var catalogue = _center.Get<TaskCatalogue>();

        foreach (var task in tasks)
        {
            Assert.Equal(task.Id, (await catalogue.FindAsync(task.Id, TestCenter.Cancelled))!.Id);
        }

        Assert.Equal(tasks[^33..].Select(task => task.Id), catalogue.Known.Select(task => task.Id).Order());
        Assert.InRange(catalogue.Known.Sum(task => task.Spec.Script!.Length), 16_000_000, TaskCatalogue.MostText);
    }

    [Fact]
    public async Task Find_AnOldTaskAmongManyNewOnes_IsKeptUntilTheNextIsAskedFor()
    {
        var tasks = await AddAsync(TaskCatalogue.Most + 2, "true");
        var catalogue = _center.Get<TaskCatalogue>();
        foreach (var task in tasks[1..])
        {
            await catalogue.FindAsync(task.Id, TestCenter.Cancelled);
        }

        await catalogue.FindAsync(tasks[0].Id, TestCenter.Cancelled);

        Assert.Contains(catalogue.Known, task => task.Id == tasks[0].Id);
        Assert.InRange(catalogue.Known.Count, TaskCatalogue.Most, TaskCatalogue.Most + 1);
    }

    private async Task<List<NerveTask>> AddAsync(int count, string script)
    {
        var tasks = new List<NerveTask>();
        for (var i = 0; i < count; i++)
        {
            tasks.Add(new NerveTask
            {
                Id = Guid.CreateVersion7(DateTimeOffset.UtcNow.AddSeconds(i)),
                Kind = TaskKind.Script,
                Spec = new TaskSpec { Script = script },
                Target = new TaskTarget { All = true },
                ExpiresAfterSeconds = 60,
                ExpiresAt = DateTimeOffset.UtcNow,
                CreatedBy = "test",
                CreatedAt = DateTimeOffset.UtcNow,
            });
            await _center.Get<ITaskStore>().AddAsync(tasks[^1], [], TestCenter.Cancelled);
        }

        return tasks;
    }
}
