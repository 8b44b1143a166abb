using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Outputs;
using Nerve.Server.Tasks.Rollouts;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Nerve.Server.Tasks;

internal static class TaskEndpoints
{
    public static void MapTasks(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/tasks").WithTags("Tasks");
        group.MapPost("/", CreateAsync).Audited("task.create").RequireAuthorization(Policies.Operator).WithSummary("Run a command or a script on hosts");
        group.MapPost("/preview", PreviewAsync).NotAudited("changes nothing").RequireAuthorization(Policies.Viewer).WithSummary("Where a task would run, before it is made");
        group.MapGet("/", ListAsync).RequireAuthorization(Policies.Viewer).WithSummary("The tasks, newest first");
        group.MapGet("/list", ListAsync).RequireAuthorization(Policies.Viewer).ExcludeFromDescription();
        group.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Policies.Viewer).WithSummary("One task");
        group.MapGet("/{id:guid}/runs", RunsAsync).RequireAuthorization(Policies.Viewer).Produces<Page<RunView>>()
            .WithSummary("The task on each of its hosts; format=csv or ndjson (or Accept) is all of them as a file, state=retried earlier attempts");
        group.MapGet("/{id:guid}/runs/{agentId:guid}", RunAsync).RequireAuthorization(Policies.Viewer).WithSummary("The task on one of its hosts");
        group.MapGet("/{id:guid}/outputs", OutputsAsync).RequireAuthorization(Policies.Viewer)
            .WithSummary("What the hosts wrote, the same folded into one, the most first");
        group.MapGet("/{id:guid}/runs/{agentId:guid}/output", OutputAsync).RequireAuthorization(Policies.Viewer)
            .Produces<string>(contentType: "text/plain").ProducesProblem(StatusCodes.Status410Gone)
            .WithSummary("What the run wrote; follow=true goes on while it runs, download=true is a file, attempt=1 an earlier attempt; 410 output.expired when it was removed after its time");
        group.MapPost("/{id:guid}/cancel", CancelAsync).Audited("task.cancel").RequireAuthorization(Policies.Operator).WithSummary("Stop a task");
        group.MapPost("/{id:guid}/pause", PauseAsync).Audited("task.pause").RequireAuthorization(Policies.Operator)
            .WithSummary("Begin no more hosts of a rollout; those that have begun go on");
        group.MapPost("/{id:guid}/resume", ResumeAsync).Audited("task.resume").RequireAuthorization(Policies.Operator)
            .WithSummary("Go on with a rollout after a halt, or begin its next batch now");
        group.MapPost("/{id:guid}/retry", RetryAsync).Audited("task.retry").RequireAuthorization(Policies.Operator)
            .WithSummary("Make a new task for the hosts where this one failed");
        group.MapGet("/{id:guid}/batches", BatchesAsync).RequireAuthorization(Policies.Viewer).WithSummary("The task, batch by batch, those from the batch `from` on");
        api.MapGet("/agents/{id:guid}/tasks", OfAgentAsync).WithTags("Tasks").RequireAuthorization(Policies.Viewer)
            .WithSummary("What ran on this host, newest first");
    }

    private static async Task<Created<TaskView>> CreateAsync(
        CreateTask request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        ClaimsPrincipal caller, TaskService tasks, TaskNews news, HttpContext context, CancellationToken cancellationToken)
    {
        return await CreatedAsync(
            await tasks.CreateAsync(request, caller.DisplayName(), Key(idempotencyKey), cancellationToken), news, context, cancellationToken);
    }

    private static async Task<Created<TaskView>> RetryAsync(
        Guid id, RetryTask request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        ClaimsPrincipal caller, TaskRetry retry, TaskNews news, HttpContext context, CancellationToken cancellationToken)
    {
        return await CreatedAsync(
            await retry.RetryAsync(id, request, caller.DisplayName(), Key(idempotencyKey), cancellationToken), news, context, cancellationToken);
    }

    /// <summary>A script whose variable is empty sends an empty one, each time: that is none.</summary>
    private static string? Key(string? idempotencyKey) =>
        string.IsNullOrWhiteSpace(idempotencyKey) ? null
        : idempotencyKey.Length <= 128 ? idempotencyKey
        : throw Problems.Invalid("Idempotency-Key", "must have at most 128 characters");

    private static async Task<Created<TaskView>> CreatedAsync(
        MadeTask made, TaskNews news, HttpContext context, CancellationToken cancellationToken)
    {
        if (made.Hosts is null)
        {
            context.Response.Headers["Idempotent-Replayed"] = "true";
        }

        return TypedResults.Created(
            $"/api/v1/tasks/{made.Task.Id}",
            made.Hosts is { } hosts
                ? await news.ViewOfNewAsync(made.Task, hosts, cancellationToken)
                : await news.ViewAsync(made.Task.Id, cancellationToken));
    }

    private static async Task<TaskView> PauseAsync(
        Guid id, ClaimsPrincipal caller, RolloutService rollouts, TaskNews news, CancellationToken cancellationToken)
    {
        await rollouts.PauseAsync(id, caller.DisplayName(), cancellationToken);
        return (await news.ViewAsync(id, cancellationToken))!;
    }

    private static async Task<TaskView> ResumeAsync(
        Guid id, ClaimsPrincipal caller, RolloutService rollouts, TaskNews news, CancellationToken cancellationToken)
    {
        await rollouts.ResumeAsync(id, caller.DisplayName(), cancellationToken);
        return (await news.ViewAsync(id, cancellationToken))!;
    }

    private static async Task<Page<BatchView>> BatchesAsync(
        Guid id, int? from, int? limit, string? cursor, ITaskStore store, CancellationToken cancellationToken)
    {
        _ = await store.FindAsync(id, cancellationToken) ?? throw Unknown(id);
        var page = PageRequest.Of(limit, cursor);
        var first = page.LastKey is not { } last ? from ?? 1
            : int.TryParse(last, out var next) ? next
            : throw Problems.Invalid("cursor", "is not one that this list gave out");
        return BatchView.Page(await store.CountRunsByBatchAsync(id, cancellationToken), first, page.Limit);
    }

    private static async Task<TaskPreview> PreviewAsync(PreviewTask request, TargetHosts targets, CancellationToken cancellationToken)
    {
        CreateTaskRules.Check(request);
        return TaskPreview.Of(await targets.FindAsync(request.Target, cancellationToken), request.Rollout);
    }

    private static async Task<Page<TaskView>> ListAsync(
        QueryEnum<TaskState>? state, string? q, int? limit, string? cursor, ITaskStore store, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(limit, cursor);
        var (tasks, total) = await store.ListAsync(state?.Value, q, page.LastId, page.Limit + 1, BriefTask.Of, cancellationToken);
        var counts = await store.CountRunsAsync([.. tasks.Select(brief => brief.Task.Id)], cancellationToken);
        return page.Fill(
            [.. tasks.Select(brief => TaskView.Of(brief, counts.GetValueOrDefault(brief.Task.Id) ?? new RunCounts()))], task => task.Id, total);
    }

    private static async Task<TaskView> GetAsync(Guid id, TaskNews tasks, CancellationToken cancellationToken) =>
        await tasks.ViewAsync(id, cancellationToken) ?? throw Unknown(id);

    private static async Task<RunView> RunAsync(Guid id, Guid agentId, ITaskStore store, CancellationToken cancellationToken) =>
        RunView.Of(await store.FindRunAsync(id, agentId, cancellationToken) ?? throw OutputFollower.Unknown(id, agentId));

    private static async Task<IResult> RunsAsync(
        Guid id, QueryEnum<RunState>? state, int? exitCode, string? output, string? format, int? limit, string? cursor, ITaskStore store,
        IOptions<JsonOptions> json, HttpContext context, CancellationToken cancellationToken)
    {
        _ = await store.FindAsync(id, cancellationToken) ?? throw Unknown(id);
        var filter = new RunFilter(state?.Value, string.IsNullOrEmpty(output) ? null : output, exitCode);
        if (RunExport.TypeOf(format, context.Request) is { } type)
        {
            await RunExport.WriteAsync(type, id, filter, store, json.Value.SerializerOptions, context.Response, cancellationToken);
            return TypedResults.Empty;
        }

        var page = PageRequest.Of(limit, cursor);
        var (runs, total) = await store.ListRunsAsync(id, filter, page.LastId, page.Limit + 1, cancellationToken);
        return TypedResults.Ok(page.Fill([.. runs.Select(RunView.Of)], run => run.Id, total));
    }

    private static Task<FoldedOutputs> OutputsAsync(Guid id, OutputGroups groups, CancellationToken cancellationToken) =>
        groups.FoldAsync(id, cancellationToken);

    private static async Task<Page<AgentRunView>> OfAgentAsync(
        Guid id, int? limit, string? cursor, AgentDirectory fleet, ITaskStore store, TaskCatalogue tasks, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        var page = PageRequest.Of(limit, cursor);
        var (runs, total) = await store.ListRunsOfAgentAsync(id, page.LastId, page.Limit + 1, cancellationToken);
        var items = new List<AgentRunView>();
        foreach (var run in runs.Take(page.Limit))
        {
            if (await tasks.FindAsync(run.TaskId, cancellationToken) is { } task) // where a store has no transactions, its runs come first
            {
                items.Add(new AgentRunView(RunView.Of(run), task.Name, task.Kind, task.Spec.Command, task.CreatedBy, task.CreatedAt));
            }
        }

        return new Page<AgentRunView>(items, runs.Count > page.Limit ? Cursor.Encode("", runs[page.Limit - 1].Id) : null, total);
    }

    private static async Task OutputAsync(
        Guid id, Guid agentId, QueryEnum<OutputStream>? stream, bool? follow, int? attempt, bool? download, OutputFollower follower,
        IHostApplicationLifetime lifetime, HttpContext context, CancellationToken cancellationToken)
    {
        var run = await follower.EnsureKeptAsync(id, agentId, attempt, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (download == true)
        {
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{FileName(run)}\"";
        }

        await context.Response.Body.FlushAsync(cancellationToken);
        try
        {
            await foreach (var text in follower.FollowAsync(run, 0, stream?.Value, follow ?? false, either.Token))
            {
                await context.Response.WriteAsync(text.Text, cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Cut off, not ended: a reader must not take what it has for everything.
            context.Abort();
        }
    }

    /// <summary>The host's name, as far as it is one.</summary>
    private static string FileName(Run run) =>
        string.Concat(run.Hostname.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '_')) + $"-{run.TaskId}.txt";

    private static async Task<TaskView> CancelAsync(
        Guid id, ClaimsPrincipal caller, TaskService tasks, TaskNews news, ITaskStore store, CancellationToken cancellationToken)
    {
        _ = await store.FindAsync(id, cancellationToken) ?? throw Unknown(id);
        await tasks.CancelAsync(id, caller.DisplayName(), cancellationToken);
        return (await news.ViewAsync(id, cancellationToken))!;
    }

    private static ProblemException Unknown(Guid id) => Problems.NotFound("task.unknown", $"There is no task {id}.");
}
