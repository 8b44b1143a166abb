using System.Net;
using System.Text.Json;

namespace Nerve.Agent.Link;

/// <summary>Turns every answer that is not a success into a <see cref="CenterRefusedException"/> that says why.</summary>
internal sealed class CenterRefusalHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    private const int MaxBodyBytes = 16 * 1024;

    /// <summary>A center that asks for more than this is asked again anyway.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var (code, detail) = await ReadProblemAsync(response, cancellationToken);
            throw new CenterRefusedException(response.StatusCode, code, Describe(response, code, detail), RetryAfter(response));
        }
    }

    private static string Describe(HttpResponseMessage response, string? code, string? detail)
    {
        var status = (int)response.StatusCode;
        return response.StatusCode switch
        {
            _ when detail is not null => code is null ? $"{detail} ({status})" : $"{detail} ({status} {code})",
            _ when code is not null => $"it answered {status} {code}",
            HttpStatusCode.NotFound => "there is no Nerve center at this address (404)",
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
                $"it answered {status} and points to {response.Headers.Location}; give the right address with --server",
            _ => $"it answered {status} {response.ReasonPhrase}".TrimEnd(),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return asked is null || asked <= TimeSpan.Zero ? null : asked > s_longestWait ? s_longestWait : asked;
    }

    private static async Task<(string? Code, string? Detail)> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return default;
        }

        try
        {
            var buffer = new byte[MaxBodyBytes];
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await body.ReadAtLeastAsync(buffer, MaxBodyBytes, throwOnEndOfStream: false, cancellationToken);
            using var problem = JsonDocument.Parse(buffer.AsMemory(0, length));
            return (Text(problem, "code"), Text(problem, "detail") ?? Text(problem, "title"));
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or HttpRequestException)
        {
            return default;
        }
    }

    private static string? Text(JsonDocument problem, string name) =>
        problem.RootElement.ValueKind == JsonValueKind.Object
        && problem.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? OneLine(value.GetString()!)
            : null;

    /// <summary>What the other side wrote goes into a log: without line breaks and other control characters.</summary>
    private static string OneLine(string text) =>
        string.Concat(text.Take(300).Select(letter => char.IsControl(letter) ? ' ' : letter));
}
