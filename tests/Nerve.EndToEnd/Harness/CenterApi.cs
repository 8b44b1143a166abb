using System.Net.Http.Json;
using System.Text.Json;

namespace Nerve.EndToEnd.Harness;

internal sealed record AgentInfo(
    Guid Id, string Hostname, string Status, DateTimeOffset StatusSince, DateTimeOffset? LastSeenAt, string? Kernel,
    string? Cluster, Dictionary<string, string> Labels, Dictionary<string, double?> Metrics);

internal sealed record TaskInfo(Guid Id, string State, Dictionary<string, int> Counts);

internal sealed record RunInfo(
    Guid Id, Guid AgentId, string State, int? ExitCode, string? Signal, string? Error, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    long? DurationMilliseconds, long OutputBytes, bool OutputTruncated)
{
    public bool IsOver => State is not ("pending" or "running");
}

internal sealed record Page<T>(IReadOnlyList<T> Items, long Total);

/// <summary>The center's REST interface as a program of the administrator uses it.</summary>
internal sealed class CenterApi(Uri server) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(server, "/api/v1/") };

    public async Task SignInAsync(string password)
    {
        using var reply = await _http.PostAsJsonAsync("auth/login", new { username = "admin", password });
        reply.EnsureSuccessStatusCode();
    }

    public async Task<string> CreateEnrolTokenAsync() =>
        (await PostAsync<JsonElement>("enroll-tokens", new { name = "test" })).GetProperty("token").GetString()!;

    public async Task<string> CreateViewerTokenAsync() =>
        (await PostAsync<JsonElement>("tokens", new { name = "reader", role = "viewer" })).GetProperty("token").GetString()!;

    public async Task<IReadOnlyList<AgentInfo>> AgentsAsync() => (await GetAsync<Page<AgentInfo>>("agents/list")).Items;

    public Task<AgentInfo> AgentAsync(Guid id) => GetAsync<AgentInfo>($"agents/{id}");

    /// <summary>What <c>/health/ready</c> says.</summary>
    public Task<string> ReadyAsync() => _http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);

    public Task<JsonElement> InventoryAsync(Guid agent) => GetAsync<JsonElement>($"agents/{agent}/inventory");

    public Task<TaskInfo> CreateTaskAsync(object task) => PostAsync<TaskInfo>("tasks", task);

    public Task<TaskInfo> CancelAsync(Guid task) => PostAsync<TaskInfo>($"tasks/{task}/cancel", null);

    public Task<TaskInfo> TaskAsync(Guid id) => GetAsync<TaskInfo>($"tasks/{id}");

    /// <summary>The task's run on its only host.</summary>
    public async Task<RunInfo> RunAsync(Guid task) => (await GetAsync<Page<RunInfo>>($"tasks/{task}/runs")).Items.Single();

    public async Task<string> OutputAsync(RunInfo run, Guid task, string query = "")
    {
        using var reply = await _http.GetAsync($"tasks/{task}/runs/{run.AgentId}/output{query}", TestContext.Current.CancellationToken);
        var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return reply.IsSuccessStatusCode ? text : throw new InvalidOperationException($"GET output{query}: {(int)reply.StatusCode} {text}");
    }

    /// <summary>The output as it comes.</summary>
    public async Task<StreamReader> FollowAsync(Guid task, Guid agent) => new(
        await _http.GetStreamAsync($"tasks/{task}/runs/{agent}/output?follow=true", TestContext.Current.CancellationToken));

    public async Task<T> GetAsync<T>(string path) => (await _http.GetFromJsonAsync<T>(path, TestContext.Current.CancellationToken))!;

    public async Task PutAsync(string path, object body)
    {
        using var reply = await _http.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        Assert.True(reply.IsSuccessStatusCode, $"PUT {path}: {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
    }

    /// <summary>Whatever the answer is.</summary>
    public Task<HttpResponseMessage> TryPostAsync(string path, object body) =>
        _http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<T> PostAsync<T>(string path, object? body)
    {
        using var reply = await _http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        Assert.True(reply.IsSuccessStatusCode, $"POST {path}: {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
        return (await reply.Content.ReadFromJsonAsync<T>())!;
    }
}
