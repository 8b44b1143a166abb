using System.Security.Claims;
using Nerve.Server.Edge;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Audit;

/// <summary>The one place that records what callers do: around every route of the API that changes something, before its answer goes out.</summary>
/// <remarks>A route that nobody named is recorded as its method and pattern: nothing is done unseen. When the record cannot be written the caller is told
/// so instead of the answer, and that what was asked for is done.</remarks>
internal sealed partial class AuditRecorder(AuditLog log, TimeProvider time, ILogger<AuditRecorder> logger)
{
    private readonly ILogger<AuditRecorder> _logger = logger;

    /// <summary>Around each route of a group.</summary>
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (ActionOf(context.HttpContext) is not { } action)
        {
            return await next(context);
        }

        var recorder = context.HttpContext.RequestServices.GetRequiredService<AuditRecorder>();
        var details = context.Arguments.OfType<IAuditDetail>().FirstOrDefault();
        context.HttpContext.Items[typeof(WriteTrail)] = WriteTrail.Begin();
        object? result;
        try
        {
            result = await next(context);
        }
        catch (Exception exception)
        {
            // Who hung up may have had it done all the same.
            var code = exception is OperationCanceledException ? "aborted" : exception is ProblemException problem ? problem.Code : "internal";
            var recorded = recorder.RecordAsync(context.HttpContext, action, TargetOf(context.HttpContext, null), code, details);
            // What failed the action may hold up its record as well: the record waits for it, and the caller hears what it was.
            await (exception is ProblemException ? recorded : Task.CompletedTask);
            throw;
        }

        try
        {
            await recorder.RecordAsync(context.HttpContext, action, TargetOf(context.HttpContext, result), "ok", details);
            return result;
        }
        catch (Exception exception)
        {
            LogUnrecorded(recorder._logger, action, exception);
            throw new ProblemException(
                StatusCodes.Status503ServiceUnavailable, "audit.unavailable",
                "This was done, but the audit record could not be written, and so the answer is withheld. Look at what is there now; do not repeat it.");
        }
    }

    /// <summary>Around authorization: who is known, and may not.</summary>
    public static Task RecordForbiddenAsync(HttpContext context, RequestDelegate next) =>
        ActionOf(context) is { } action ? RecordForbiddenAsync(action, context, next) : next(context);

    private static async Task RecordForbiddenAsync(string action, HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.StatusCode == StatusCodes.Status403Forbidden && context.User.Identity?.IsAuthenticated == true
            && !context.Items.ContainsKey(typeof(AuditRecorder)))
        {
            await context.RequestServices.GetRequiredService<AuditRecorder>().RecordAsync(context, action, TargetOf(context, null), "auth.forbidden", null);
        }
    }

    /// <summary>Null for what changes nothing, and for what is left out for a reason.</summary>
    internal static string? ActionOf(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        var changes = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !HttpMethods.IsOptions(context.Request.Method);
        return !changes || metadata is null || metadata.GetMetadata<NotAudited>() is not null ? null
            : metadata.GetMetadata<Audited>()?.Action ?? $"{context.Request.Method} {(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}";
    }

    private async Task RecordAsync(HttpContext context, string action, string? target, string result, IAuditDetail? details)
    {
        context.Items[typeof(AuditRecorder)] = true;
        var draft = new AuditDraft(
            time.UtcMilliseconds(), details?.AuditActor ?? ActorOf(context.User), context.User.FindFirstValue(Schemes.ViaClaim) ?? "none",
            CallerAddress.Of(context), action, target, result, details?.AuditDetail);
        await log.WriteAsync(draft, CancellationToken.None);
    }

    private static string ActorOf(ClaimsPrincipal caller) =>
        caller.Identity?.IsAuthenticated != true ? "nobody"
        : caller.FindFirstValue(Schemes.EnrolTokenClaim) is not null ? $"enrol:{caller.DisplayName()}"
        : caller.FindFirstValue(Schemes.AgentClaim) is { } agent ? $"agent:{agent}"
        : caller.DisplayName();

    /// <summary>What the address names, or what was made.</summary>
    private static string? TargetOf(HttpContext context, object? result)
    {
        var named = context.Request.RouteValues.Where(value => value.Value is not null && value.Key is not ("action" or "controller")).Select(value => $"{value.Value}").ToList();
        return named.Count > 0 ? string.Join('/', named)
            : result?.GetType().GetProperty("Location")?.GetValue(result) is string location ? location[(location.LastIndexOf('/') + 1)..]
            : null;
    }

    [LoggerMessage(1, LogLevel.Error, "{Action} was done but could not be recorded")]
    private static partial void LogUnrecorded(ILogger logger, string action, Exception exception);
}
