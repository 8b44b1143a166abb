using System.Net;
using System.Text;
using System.Text.Json;

namespace Nerve.Server.Tests.Support;

/// <summary>What every answer must look like, and short ways to read one.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path) =>
        await (await client.GetAsync(path, TestCenter.Cancelled)).JsonAsync();

    public static Task<HttpResponseMessage> PostTextAsync(this HttpClient client, string path, string json) =>
        client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), TestCenter.Cancelled);

    /// <summary>RFC 9457 problem details with this status and code, and nothing of the program's inside.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestCenter.Cancelled);
        Assert.True(answer.StatusCode == status, $"expected {(int)status} {code}, got {(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        RevealsNothing(text);
        return problem;
    }

    /// <summary>No stack trace, no name of a type, no path of the source.</summary>
    public static void RevealsNothing(string text)
    {
        string[] inside = ["   at ", "Exception", "Nerve.", "System.", "Microsoft.", "Nullable", "IReadOnly", ".cs:", "Guid ", "String ", "Int32", "StackTrace"];
        foreach (var mark in inside)
        {
            Assert.DoesNotContain(mark, text, StringComparison.Ordinal);
        }
    }
}
