using System.Net.Http.Json;
using System.Text.Json;
using Nerve.Server.Identity;

namespace Nerve.Server.Tests.Support;

/// <summary>Tasks as a program makes and reads them.</summary>
internal static class TaskCalls
{
    public static async Task<HttpResponseMessage> PostTaskAsync(this TestCenter center, object task, string? key = null, string? token = null)
    {
        using var client = center.Client(token ?? center.Token(Role.Operator));
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tasks") { Content = JsonContent.Create(task) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await client.SendAsync(request, TestCenter.Cancelled);
    }

    /// <summary>A command for these agents; its id.</summary>
    public static async Task<Guid> CommandAsync(
        this TestCenter center, IEnumerable<ScriptedAgent> agents, long? outputLimitBytes = null, int? expiresAfterSeconds = null, int? timeoutSeconds = null)
    {
        var answer = await center.PostTaskAsync(new
        {
            kind = "command",
            command = "hostname",
            args = new[] { "-f" },
            target = new { agents = agents.Select(agent => agent.Id) },
            outputLimitBytes,
            expiresAfterSeconds,
            timeoutSeconds,
        });
        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    public static Task<Guid> CommandAsync(this TestCenter center, ScriptedAgent agent) => center.CommandAsync([agent]);

    public static async Task<JsonElement> TaskAsync(this TestCenter center, Guid task)
    {
        using var client = center.Client(Role.Viewer);
        return await client.GetJsonAsync($"/api/v1/tasks/{task}");
    }

    public static async Task<string?> TaskStateAsync(this TestCenter center, Guid task) =>
        (await center.TaskAsync(task)).GetProperty("state").GetString();

    public static async Task<JsonElement> RunAsync(this TestCenter center, Guid task, ScriptedAgent agent)
    {
        using var client = center.Client(Role.Viewer);
        var runs = await client.GetJsonAsync($"/api/v1/tasks/{task}/runs");
        return runs.GetProperty("items").EnumerateArray().Single(run => run.GetProperty("agentId").GetGuid() == agent.Id);
    }

    public static async Task<string?> RunStateAsync(this TestCenter center, Guid task, ScriptedAgent agent) =>
        (await center.RunAsync(task, agent)).GetProperty("state").GetString();

    public static async Task<string> OutputAsync(this TestCenter center, Guid task, ScriptedAgent agent, string query = "")
    {
        using var client = center.Client(Role.Viewer);
        return await client.GetStringAsync($"/api/v1/tasks/{task}/runs/{agent.Id}/output{query}", TestCenter.Cancelled);
    }

    public static async Task<HttpResponseMessage> CancelTaskAsync(this TestCenter center, Guid task)
    {
        using var client = center.Client(Role.Operator);
        return await client.PostAsync($"/api/v1/tasks/{task}/cancel", null, TestCenter.Cancelled);
    }
}
