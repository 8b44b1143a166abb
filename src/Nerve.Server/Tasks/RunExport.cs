using System.Globalization;
using System.Text;
using System.Text.Json;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>All runs of a task as a file: a line for each, in the order of their hosts, read and sent page by page.</summary>
internal static class RunExport
{
    public const string Csv = "text/csv";
    public const string Ndjson = "application/x-ndjson";

    private const string Header =
        "host,agentId,state,attempt,batch,exitCode,signal,error,startedAt,finishedAt,durationMilliseconds,outputBytes,outputTruncated,runId\r\n";

    /// <summary>What the caller asked for: by <c>?format=</c>, else by <c>Accept</c>; null for the usual page.</summary>
    /// <exception cref="ProblemException">There is no such format.</exception>
    public static string? TypeOf(string? format, HttpRequest request) => format?.ToLowerInvariant() switch
    {
        "csv" => Csv,
        "ndjson" => Ndjson,
        "json" => null,
        null or "" => request.Headers.Accept.ToString() switch
        {
            var accept when accept.Contains(Csv, StringComparison.OrdinalIgnoreCase) => Csv,
            var accept when accept.Contains(Ndjson, StringComparison.OrdinalIgnoreCase) => Ndjson,
            _ => null,
        },
        _ => throw Problems.Invalid("format", "must be json, csv or ndjson"),
    };

    public static async Task WriteAsync(
        string type, Guid taskId, RunFilter filter, ITaskStore store, JsonSerializerOptions json, HttpResponse response, CancellationToken cancellationToken)
    {
        response.ContentType = $"{type}; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"task-{taskId}.{(type == Csv ? "csv" : "ndjson")}\"";
        await response.WriteAsync(type == Csv ? Header : "", cancellationToken);
        Guid? after = null;
        while (true)
        {
            var (runs, _) = await store.ListRunsAsync(taskId, filter, after, PageRequest.MaxLimit, cancellationToken);
            var text = new StringBuilder();
            foreach (var view in runs.Select(RunView.Of))
            {
                text.Append(type == Csv ? Line(view) : JsonSerializer.Serialize(view, json) + "\n");
            }

            await response.WriteAsync(text.ToString(), cancellationToken);
            if (runs.Count < PageRequest.MaxLimit)
            {
                return;
            }

            after = runs[^1].Id;
        }
    }

    private static string Line(RunView run) => string.Join(',', (string?[])
    [
        Field(run.Hostname), $"{run.AgentId}", JsonNamingPolicy.CamelCase.ConvertName($"{run.State}"), $"{run.Attempt}", $"{run.Batch}",
        $"{run.ExitCode}", Field(run.Signal), Field(run.Error), Time(run.StartedAt), Time(run.FinishedAt), $"{run.DurationMilliseconds}",
        $"{run.OutputBytes}", run.OutputTruncated ? "true" : "false", $"{run.Id}",
    ]) + "\r\n";

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>As RFC 4180 says. What a spreadsheet would take for a formula gets an apostrophe before it: hosts choose these texts.</summary>
    private static string? Field(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text;
        return safe?.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
