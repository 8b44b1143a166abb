namespace Nerve.Server.Shared;

/// <summary>An expected failure that a caller can act on; answered as RFC 9457 problem details.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">Stable, for programs: <c>area.reason</c>.</param>
/// <param name="detail">For people: what is wrong and what to do.</param>
public sealed class ProblemException(int status, string code, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>What is wrong with which field of the request, where that is known.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When to try again, answered as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The problems that several features answer with.</summary>
public static class Problems
{
    public const string InvalidCode = "request.invalid";

    public static ProblemException Invalid(string field, string reason) => Invalid(new Dictionary<string, string[]> { [field] = [reason] });

    public static ProblemException Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(StatusCodes.Status400BadRequest, InvalidCode, string.Join("; ", errors.Select(error => $"{error.Key} {string.Join(", ", error.Value)}")))
        {
            Errors = errors,
        };

    public static ProblemException NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    /// <summary>It was there, and will not be again.</summary>
    public static ProblemException Gone(string code, string detail) => new(StatusCodes.Status410Gone, code, detail);

    public static ProblemException Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    /// <summary>Worth repeating soon; Retry-After says when.</summary>
    public static ProblemException Unavailable(string code, string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, code, detail) { RetryAfter = TimeSpan.FromSeconds(5) };

    public static ProblemException Unprocessable(string code, string detail) => new(StatusCodes.Status422UnprocessableEntity, code, detail);
}
