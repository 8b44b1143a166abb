using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server;
using Nerve.Server.Tasks;
using Nerve.Storage.EfCore;

namespace Nerve.Bench.Programs;

/// <summary>The center's services for tasks in this process, called as its hub calls them.</summary>
internal sealed class OwnTasks : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OwnTasks(WebApplication app) => _app = app;

    public static async Task<OwnTasks> StartAsync(Database database, string data, CancellationToken cancellationToken)
    {
        await database.MigrateAsync(cancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        database.AddStores(builder.Services);
        builder.Services.AddNerveServer(new NerveServerOptions { DataDirectory = data, StorageName = database.Name, Version = "bench" });
        var center = new OwnTasks(builder.Build());
        await center.Get<TaskNews>().StartAsync(cancellationToken);
        await center.Get<RunReportPipeline>().StartAsync(cancellationToken);
        return center;
    }

    /// <summary>A new task for so many hosts, each of which reports its start and, when that is acknowledged, its end; all at once.</summary>
    /// <returns>Acknowledged results a second, from the first report to the last acknowledgement.</returns>
    public async Task<double> RunAsync(int hosts, CancellationToken cancellationToken)
    {
        var runs = await AddAsync(hosts, cancellationToken);
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(runs.Select(run => Task.Run(() => PlayAsync(run, cancellationToken), cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var task = await Get<ITaskStore>().FindAsync(runs[0].TaskId, cancellationToken);
        return task is { State: TaskState.Succeeded } ? hosts / seconds : throw new InvalidOperationException($"The task is {task?.State}, not succeeded.");
    }

    public async ValueTask DisposeAsync()
    {
        await Get<RunReportPipeline>().StopAsync(CancellationToken.None);
        await Get<TaskNews>().StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task<IReadOnlyList<Run>> AddAsync(int hosts, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var task = new NerveTask
        {
            Id = Guid.CreateVersion7(),
            Kind = TaskKind.Command,
            Spec = new TaskSpec { Command = "true", TimeoutSeconds = 60 },
            Target = new TaskTarget { All = true },
            ExpiresAfterSeconds = 3600,
            ExpiresAt = now.AddHours(1),
            CreatedBy = "bench",
            CreatedAt = now,
        };
        List<Run> runs = [.. Enumerable.Range(0, hosts).Select(i => new Run
        {
            Id = Guid.CreateVersion7(),
            TaskId = task.Id,
            AgentId = Guid.CreateVersion7(),
            Hostname = $"host-{i:00000}",
            OfferedAt = now,
        })];
        await Get<ITaskStore>().AddAsync(task, runs, cancellationToken);
        return runs;
    }

    private async Task PlayAsync(Run run, CancellationToken cancellationToken)
    {
        var reports = Get<RunReportService>();
        var now = DateTimeOffset.UtcNow;
        Check(await reports.StartedAsync(run.AgentId, new RunStarted(run.Id, now), cancellationToken));
        Check(await reports.FinishedAsync(
            run.AgentId, new RunFinished(run.Id, RunState.Succeeded, 0, null, null, now, now.AddSeconds(1), 0, false), cancellationToken));
    }

    private static void Check(ReportReply reply)
    {
        if (!reply.Accepted)
        {
            throw new InvalidOperationException($"A report was refused: {reply.Code}");
        }
    }

    private T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();
}
