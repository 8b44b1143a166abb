using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Nerve.Protocol;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Edge;

/// <summary>Turns every failure into problem details with a stable <c>code</c>; what went wrong inside stays in the log.</summary>
internal sealed partial class ProblemWriter(IProblemDetailsService problems, StoreHealth store, ILogger<ProblemWriter> logger) : IExceptionHandler
{
    private static readonly string s_tooLarge = $"The body is larger than this route takes ({ProtocolInfo.MaxMessageBytes} bytes).";

    public static void Customize(ProblemDetailsContext context)
    {
        var details = context.ProblemDetails;
        details.Extensions.Remove("traceId");
        details.Extensions.TryAdd("code", DefaultCode(details.Status ?? StatusCodes.Status500InternalServerError));
        details.Detail ??= details.Status switch
        {
            StatusCodes.Status401Unauthorized => "Sign in, or send 'Authorization: Bearer TOKEN'.",
            StatusCodes.Status403Forbidden => "Your role does not allow this: ask an admin.",
            StatusCodes.Status404NotFound => "There is nothing at this address; /openapi/v1.json lists what there is.",
            StatusCodes.Status405MethodNotAllowed => "This address does not take this method; /openapi/v1.json lists what there is.",
            StatusCodes.Status413PayloadTooLarge => s_tooLarge,
            StatusCodes.Status415UnsupportedMediaType => "Send the body as application/json.",
            _ => ReasonPhrases.GetReasonPhrase(details.Status ?? StatusCodes.Status500InternalServerError),
        };
    }

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var fault = store.Failed(exception);
        var isUncertain = exception is UncertainCommitException
            || (fault is not null && httpContext.Items[typeof(WriteTrail)] is WriteTrail { HasWritten: true });
        var details = fault is not { } trouble ? Describe(exception) : isUncertain ? Uncertain() : Refuse(trouble);
        if (fault is not null)
        {
            LogRefused(logger, httpContext.Request.Method, httpContext.Request.Path, exception.GetBaseException().Message);
            // Programs repeat by themselves what they are told to: not what may have been done.
            httpContext.Response.Headers.RetryAfter = isUncertain ? default : StoreFaultWords.RetryAfterSeconds;
        }
        else if (exception is not ProblemException && details.Status >= StatusCodes.Status500InternalServerError)
        {
            LogFailure(logger, httpContext.Request.Method, httpContext.Request.Path, exception);
        }

        if (exception is ProblemException { RetryAfter: { } wait })
        {
            httpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        httpContext.Response.StatusCode = details.Status!.Value;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = details });
    }

    private static ProblemDetails Refuse(StoreFault fault) =>
        Details(StatusCodes.Status503ServiceUnavailable, StoreFaultWords.Code(fault), StoreFaultWords.Refusal(fault));

    /// <summary>Part of it is done, or may be.</summary>
    private static ProblemDetails Uncertain() => Details(
        StatusCodes.Status503ServiceUnavailable, "store.uncertain",
        "The center lost its database while it wrote: this may have been done, or not. Look before you repeat it.");

    private static ProblemDetails Describe(Exception exception) => exception switch
    {
        ProblemException problem => Details(problem.Status, problem.Code, problem.Message, problem.Errors),
        UncertainCommitException => Uncertain(),
        BadHttpRequestException { InnerException: JsonException json } => Details(StatusCodes.Status400BadRequest, Problems.InvalidCode, Explain(json)),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Details(
            StatusCodes.Status413PayloadTooLarge, "request.tooLarge", s_tooLarge),
        BadHttpRequestException bad => Details(bad.StatusCode, DefaultCode(bad.StatusCode), BindingFault.Explain(bad)),
        _ => Details(StatusCodes.Status500InternalServerError, "internal", "Something failed inside the center; its log says what."),
    };

    private static ProblemDetails Details(int status, string code, string detail, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var details = new ProblemDetails { Status = status, Detail = detail };
        details.Extensions["code"] = code;
        if (errors is not null)
        {
            details.Extensions["errors"] = errors;
        }

        return details;
    }

    /// <summary>Says where the body is wrong without naming the types of this program.</summary>
    private static string Explain(JsonException json)
    {
        if (json.Path is not { Length: > 0 } path || path == "$")
        {
            return json.Message.Contains("missing required", StringComparison.Ordinal)
                ? "The body lacks a required field: " + json.Message[(json.Message.LastIndexOf(':') + 1)..].Trim()
                : $"The body is not the JSON expected here (line {json.LineNumber + 1}, byte {json.BytePositionInLine}).";
        }

        var field = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        return json.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? $"The field '{field}' is not known here; check its spelling in /openapi/v1.json."
            : $"The value of '{field}' has the wrong type or is not allowed.";
    }

    private static string DefaultCode(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "auth.required",
        StatusCodes.Status403Forbidden => "auth.forbidden",
        StatusCodes.Status404NotFound => "route.unknown",
        StatusCodes.Status405MethodNotAllowed => "route.method",
        StatusCodes.Status413PayloadTooLarge => "request.tooLarge",
        StatusCodes.Status415UnsupportedMediaType => "request.mediaType",
        StatusCodes.Status429TooManyRequests => "request.tooMany",
        >= StatusCodes.Status500InternalServerError => "internal",
        _ => Problems.InvalidCode,
    };

    [LoggerMessage(2, LogLevel.Error, "{Method} {Path} failed because of the database: {Reason}")]
    private static partial void LogRefused(ILogger logger, string method, PathString path, string reason);

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogFailure(ILogger logger, string method, PathString path, Exception exception);
}
