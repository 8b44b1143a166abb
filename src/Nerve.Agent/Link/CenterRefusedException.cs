using System.Net;

namespace Nerve.Agent.Link;

/// <summary>The center answered a request, and the answer is no.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">The stable code of its problem details, if there was one.</param>
/// <param name="message">For people.</param>
/// <param name="retryAfter">How long it asked to be left alone, if it did.</param>
internal sealed class CenterRefusedException(HttpStatusCode status, string? code, string message, TimeSpan? retryAfter) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    public string? Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
