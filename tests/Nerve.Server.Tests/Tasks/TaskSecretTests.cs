using System.Net;
using System.Net.Http.Json;
using System.Text;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>Secrets of a task reach its hosts and nobody else.</summary>
public sealed class TaskSecretTests : IAsyncLifetime
{
    private const string Value = "correct-horse-battery-staple";

    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync();

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Create_WithSecrets_TheAgentGetsThem_TheApiShowsNames()
    {
        await using var agent = await _center.JoinAsync();
        var answer = await PostAsync(agent);

        var assignment = await agent.NextRunAsync();

        Assert.Equal(Value, assignment.SecretEnv!["TOKEN"]);
        Assert.DoesNotContain("TOKEN", assignment.Env.Keys);
        var task = (await answer.JsonAsync()).GetProperty("id").GetGuid();
        Assert.Equal(["TOKEN"], (await _center.TaskAsync(task)).GetProperty("secrets").EnumerateArray().Select(name => name.GetString()));
        using var admin = _center.Client(Role.Admin);
        foreach (var path in new[] { $"tasks/{task}", "tasks", $"tasks/{task}/runs", $"agents/{agent.Id}/tasks", "audit" })
        {
            Assert.DoesNotContain(Value, await admin.GetStringAsync($"/api/v1/{path}", TestCenter.Cancelled), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Create_WithSecrets_NoFileOfTheCenterHoldsThem_AndANewProcessOpensThem()
    {
        await using var agent = await _center.EnrolAsync();
        await PostAsync(agent);
        await _center.StopAsync();
        foreach (var file in Directory.EnumerateFiles(_center.DataFolder, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, TestCenter.Cancelled);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Value)) < 0, $"{file} holds the secret");
        }

        _center = await _center.StartAgainAsync();
        agent.Center = _center.Address;
        await agent.ConnectAsync();

        Assert.Equal(Value, (await agent.NextRunAsync()).SecretEnv!["TOKEN"]);
    }

    [Fact]
    public async Task TaskIsOver_SecretsAreForgotten_ARetryMustBringThemAgain()
    {
        await using var agent = await _center.JoinAsync();
        var task = (await (await PostAsync(agent)).JsonAsync()).GetProperty("id").GetGuid();
        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 1);
        Assert.Null((await _center.Get<ITaskStore>().FindAsync(task, TestCenter.Cancelled))!.SealedSecrets);
        using var client = _center.Client(Role.Operator);

        var without = await client.PostAsJsonAsync($"/api/v1/tasks/{task}/retry", new { }, TestCenter.Cancelled);
        var with = await client.PostAsJsonAsync($"/api/v1/tasks/{task}/retry", new { secrets = new Dictionary<string, string> { ["TOKEN"] = "another" } }, TestCenter.Cancelled);

        Assert.Contains("TOKEN", (await without.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
        Assert.Equal("another", (await agent.NextRunAsync()).SecretEnv!["TOKEN"]);
    }

    [Fact]
    public async Task Output_WithASecretInIt_IsStoredWithStars()
    {
        await using var agent = await _center.JoinAsync();
        var task = (await (await PostAsync(agent)).JsonAsync()).GetProperty("id").GetGuid();
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);

        var reply = await agent.WriteAsync(run, 0, $"a {Value} b {Value}\n");

        Assert.Equal($"a {new string('*', Value.Length)} b {new string('*', Value.Length)}\n", await _center.OutputAsync(task, agent));
        Assert.Equal((2 * Value.Length) + 6, reply.NextOffset);
    }

    [Fact]
    public async Task Create_AgainWithTheSameKeyAndOtherValues_IsTheSameTask_WithOtherNames_IsNot()
    {
        await using var agent = await _center.EnrolAsync();
        var first = await PostAsync(agent, key: "once");
        var again = await PostAsync(agent, key: "once", value: "other");
        var other = await PostAsync(agent, key: "once", name: "OTHER");

        Assert.Equal((await first.JsonAsync()).GetProperty("id").GetString(), (await again.JsonAsync()).GetProperty("id").GetString());
        await other.ProblemAsync(HttpStatusCode.Conflict, "task.keyReused");
    }

    [Theory]
    [InlineData("1BAD", "secrets has '1BAD'")]
    [InlineData("PLAIN", "in env, too")]
    public async Task Create_WithANameThatCannotBe_IsRefused(string name, string why)
    {
        await using var agent = await _center.EnrolAsync();

        var answer = await PostAsync(agent, name: name);

        Assert.Contains(why, (await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid")).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PostAsync(ScriptedAgent agent, string? key = null, string name = "TOKEN", string value = Value) => _center.PostTaskAsync(
        new
        {
            kind = "command",
            command = "true",
            env = new Dictionary<string, string> { ["PLAIN"] = "plain" },
            secrets = new Dictionary<string, string> { [name] = value },
            target = new { agents = new[] { agent.Id } },
        },
        key);
}
