using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Identity;
using Nerve.Agent.Journal;
using Nerve.Agent.Link;
using Nerve.Agent.Options;
using Nerve.Configuration;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Tests.Link;

/// <summary>A whole agent against a center on a real socket.</summary>
public sealed class AgentLinkTests : IDisposable
{
    private static readonly EnrolmentToken s_token = EnrolmentToken.FromText(ScriptedCenter.Token);

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-link-").FullName;

    private string IdentityFile => Path.Combine(_folder, "state", "identity.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task FirstStart_EnrolsGreetsBeatsAndSaysGoodbye()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        var enrolment = await ScriptedCenter.NextAsync(center.Enrolments);
        var hello = await ScriptedCenter.NextAsync(center.Hellos);
        await ScriptedCenter.NextAsync(center.Heartbeats);
        await ScriptedCenter.NextAsync(center.Inventories);
        var exitCode = await agent.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(("a1", "h100"), (enrolment.Labels!["rack"], enrolment.Cluster));
        Assert.Equal((1, "a1", "h100"), (hello.Protocol, hello.Labels["rack"], hello.Cluster));
        Assert.Equal("the agent stops", (await ScriptedCenter.NextAsync(center.Goodbyes)).Reason);
        Assert.Equal(center.Agents.Single().Value, Stored().AgentId);
    }

    [Fact]
    public async Task SecondStart_NeedsNoToken()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using (RunningAgent.Start(_folder, s_token, center.Address))
        {
            await ScriptedCenter.NextAsync(center.Hellos);
        }

        await using var agent = RunningAgent.Start(_folder, EnrolmentToken.None, center.Address);

        await ScriptedCenter.NextAsync(center.Hellos);
        Assert.Single(center.Agents);
    }

    [Fact]
    public async Task FirstStart_WithoutAToken_IsAConfigurationError()
    {
        await using var agent = RunningAgent.Start(_folder, EnrolmentToken.None, new Uri("http://localhost:1"));
        Assert.Contains("not enrolled yet", (await Assert.ThrowsAsync<ConfigurationException>(() => agent.Exit)).Message);
    }

    /// <summary>URLs end up in the logs of proxies.</summary>
    [Fact]
    public async Task AnyRequest_CarriesSecretsInTheHeaderOnly()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using (RunningAgent.Start(_folder, s_token, center.Address))
        {
            await ScriptedCenter.NextAsync(center.Heartbeats);
        }

        var credential = center.Agents.Single().Key;
        Assert.Equal("Bearer " + ScriptedCenter.Token, center.Requests.First().Authorization);
        Assert.Contains(center.Requests, request => request.Query.Contains("id="));
        foreach (var request in center.Requests.Skip(1))
        {
            Assert.Equal("Bearer " + credential, request.Authorization);
            Assert.DoesNotContain("token", request.Query);
            Assert.DoesNotContain(credential, request.Query);
        }
    }

    [Fact]
    public async Task CenterDisappears_AgentComesBackAndLosesNoSample()
    {
        var first = await ScriptedCenter.StartAsync();
        await using var agent = RunningAgent.Start(_folder, s_token, first.Address);
        var times = (await SamplesAsync(first)).Select(sample => sample.At).ToList();
        var (port, agents) = (first.Address.Port, first.Agents);
        await first.DisposeAsync();
        while (first.Heartbeats.Reader.TryRead(out var late))
        {
            times.AddRange((late.Samples ?? []).Select(sample => sample.At));
        }

        await Task.Delay(3000, TestContext.Current.CancellationToken);
        await using var second = await ScriptedCenter.StartAsync(port);
        foreach (var (credential, id) in agents)
        {
            second.Agents[credential] = id;
        }

        times.AddRange((await SamplesAsync(second)).Select(sample => sample.At));

        Assert.True(times.Count >= 4, $"only {times.Count} samples");
        // One a second, whatever a busy machine does to each: none is missing and none is too many.
        var moments = times.Distinct().ToList();
        Assert.Equal(Math.Round((moments[^1] - moments[0]).TotalSeconds), moments.Count - 1);
    }

    [Fact]
    public async Task OneOfTwoCentersIsAway_UsesTheOther()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using var agent = RunningAgent.Start(_folder, s_token, new Uri("http://127.0.0.1:1"), center.Address);

        await ScriptedCenter.NextAsync(center.Hellos);
    }

    [Fact]
    public async Task CenterForgotTheAgent_WithAToken_EnrolsAgainAndReplacesTheIdentity()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using (RunningAgent.Start(_folder, s_token, center.Address))
        {
            await ScriptedCenter.NextAsync(center.Hellos);
        }

        var old = Stored();
        center.Agents.Clear();
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await ScriptedCenter.NextAsync(center.Hellos);
        Assert.NotEqual(old.AgentId, Stored().AgentId);
        Assert.Equal(center.Agents.Single().Value, Stored().AgentId);
    }

    [Fact]
    public async Task CenterForgotTheAgent_WithoutAToken_SaysWhatToDoKeepsTheIdentityAndKeepsTrying()
    {
        await using var center = await ScriptedCenter.StartAsync();
        await using (RunningAgent.Start(_folder, s_token, center.Address))
        {
            await ScriptedCenter.NextAsync(center.Hellos);
        }

        var (known, old) = (center.Agents.Single(), Stored());
        center.Agents.Clear();
        await using var agent = RunningAgent.Start(_folder, EnrolmentToken.None, center.Address);
        var line = await agent.LineAsync("does not know this agent any more");
        Assert.StartsWith("Error: ", line);
        Assert.Contains("give one with --token-file", line);

        center.Agents[known.Key] = known.Value;

        await ScriptedCenter.NextAsync(center.Hellos);
        Assert.Equal(old, Stored());
        Assert.Single(agent.Lines, text => text.Contains("does not know this agent any more"));
    }

    [Fact]
    public async Task HelloAnsweredUnknown_EnrolsAgain()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var refusals = 1;
        center.OnHello = _ => refusals-- > 0
            ? throw new HubException("agent.unknown: No agent has this credential (any more): enrol again.")
            : new HelloReply(1, new AgentSettings(1, 1), false, []);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await ScriptedCenter.NextAsync(center.Enrolments);
        await ScriptedCenter.NextAsync(center.Enrolments);
        await ScriptedCenter.NextAsync(center.Heartbeats);
    }

    [Fact]
    public async Task HelloAnsweredCloned_PutsTheIdentityAsideAndEnrolsAsANewAgent()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var refusals = 1;
        center.OnHello = _ => refusals-- > 0
            ? throw new HubException("agent.cloned: This identity belongs to other hardware.")
            : new HelloReply(1, new AgentSettings(1, 1), false, []);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await ScriptedCenter.NextAsync(center.Enrolments);
        await ScriptedCenter.NextAsync(center.Enrolments);
        await ScriptedCenter.NextAsync(center.Heartbeats);

        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "state"), "identity.json.cloned-*"));
    }

    [Fact]
    public async Task StateFromAnotherMachine_EnrolsAsANewAgent()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var machineId = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "root", "etc")).FullName, "machine-id");
        await File.WriteAllTextAsync(machineId, "0123456789abcdef0123456789abcdef\n", TestContext.Current.CancellationToken);
        await using (RunningAgent.Start(_folder, s_token, center.Address))
        {
            await ScriptedCenter.NextAsync(center.Hellos);
        }

        await File.WriteAllTextAsync(machineId, "fedcba9876543210fedcba9876543210\n", TestContext.Current.CancellationToken);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await ScriptedCenter.NextAsync(center.Hellos);
        Assert.Equal(2, center.Agents.Count);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "state"), "identity.json.cloned-*"));
    }

    /// <summary>A token has a number of uses: they are not spent on a disk that is full.</summary>
    [Fact]
    public async Task StateThatCannotBeWritten_KeepsTheNewIdentityAndSavesItLater()
    {
        var first = await ScriptedCenter.StartAsync();
        // A folder is no file that could be replaced.
        Directory.CreateDirectory(Path.Combine(_folder, "state"), DurableFile.OwnerOnlyDirectory);
        Directory.CreateDirectory(IdentityFile);
        await using var agent = RunningAgent.Start(_folder, s_token, first.Address);
        await ScriptedCenter.NextAsync(first.Hellos);
        Assert.StartsWith("Error: ", await agent.LineAsync("in memory only"));

        Directory.Delete(IdentityFile);
        var (port, known) = (first.Address.Port, first.Agents.Single());
        await first.DisposeAsync();
        await using var second = await ScriptedCenter.StartAsync(port);
        second.Agents[known.Key] = known.Value;

        await ScriptedCenter.NextAsync(second.Hellos);
        Assert.Equal((known.Value, known.Key), (Stored().AgentId, Stored().Credential));
        Assert.Single(second.Agents);
    }

    [Fact]
    public void IdentityThatCannotBePutAside_IsGivenUpAllTheSame()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 8, 15, 30, TimeSpan.Zero));
        var state = Directory.CreateDirectory(Path.Combine(_folder, "state")).FullName;
        var store = new IdentityStore(state, time, NullLogger<IdentityStore>.Instance);
        store.Save(new AgentIdentity(Guid.CreateVersion7(), "secret", "http://localhost/", null, time.GetUtcNow()));
        Directory.CreateDirectory(IdentityFile + ".cloned-20260131T081530000Z");
        var rhythm = new Rhythm(time, Rhythm.Wish(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)));
        var options = new AgentOptions
        {
            Servers = [],
            Token = s_token,
            State = state,
            Root = "/",
            Interval = TimeSpan.FromSeconds(30),
            InventoryInterval = TimeSpan.FromMinutes(5),
            Labels = new Dictionary<string, string>(),
        };
        var enroller = new Enroller(store, new HostFacts("here", null, null), options, rhythm, time, NullLogger<Enroller>.Instance);
        enroller.Load();
        Assert.NotNull(enroller.Identity);

        enroller.GiveUp();

        Assert.Null(enroller.Identity);
    }

    [Fact]
    public async Task Hostname_ChangedWhileItRuns_IsInTheNextHello()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var hostname = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "root", "proc", "sys", "kernel")).FullName, "hostname");
        await File.WriteAllTextAsync(hostname, "localhost\n", TestContext.Current.CancellationToken);
        var refusals = 1;
        center.OnHello = _ => refusals-- > 0 ? throw new HubException("center.busy: Come again.") : new HelloReply(1, new AgentSettings(1, 1), false, []);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        Assert.Equal("localhost", (await ScriptedCenter.NextAsync(center.Hellos)).Hostname);
        await File.WriteAllTextAsync(hostname, "gpu-17\n", TestContext.Current.CancellationToken);

        Assert.Equal("gpu-17", (await ScriptedCenter.NextAsync(center.Hellos)).Hostname);
    }

    [Fact]
    public async Task TokenRefused_SaysWhyAndKeepsTrying()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var tokenFile = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(tokenFile, "expired-token", TestContext.Current.CancellationToken);
        await using var agent = RunningAgent.Start(_folder, EnrolmentToken.FromFile(tokenFile), center.Address);

        var line = await agent.LineAsync("the enrolment token was refused");
        Assert.Contains("The center says no. (401 enrolment.expired)", line);
        Assert.DoesNotContain("expired-token", string.Join('\n', agent.Lines));

        await File.WriteAllTextAsync(tokenFile, ScriptedCenter.Token, TestContext.Current.CancellationToken);
        await ScriptedCenter.NextAsync(center.Hellos);
    }

    [Fact]
    public async Task BusyCenter_IsLeftAloneAsLongAsItAsked()
    {
        await using var center = await ScriptedCenter.StartAsync();
        var refused = new TaskCompletionSource<DateTimeOffset>();
        center.Intercept = http =>
        {
            if (refused.Task.IsCompleted || !http.Request.Path.StartsWithSegments("/hubs/agent"))
            {
                return false;
            }

            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "3";
            refused.SetResult(TimeProvider.System.GetUtcNow());
            return true;
        };
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await ScriptedCenter.NextAsync(center.Hellos);
        Assert.InRange((TimeProvider.System.GetUtcNow() - await refused.Task).TotalSeconds, 2.9, 10);
    }

    [Fact]
    public async Task SomethingElseAnswers_SaysSo()
    {
        await using var center = await ScriptedCenter.StartAsync();
        center.Intercept = http =>
        {
            http.Response.ContentType = "text/html";
            http.Response.StatusCode = StatusCodes.Status200OK;
            return true;
        };
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);
        await agent.LineAsync("does not speak like a Nerve center");

        center.Intercept = http =>
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = "https://login.example.com/";
            return true;
        };
        Assert.Contains("https://login.example.com/", await agent.LineAsync("points to"));
    }

    [Fact]
    public async Task CenterConfigures_HeartbeatsFollow()
    {
        await using var center = await ScriptedCenter.StartAsync();
        center.Settings = new AgentSettings(3600, 3600);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);
        await ScriptedCenter.NextAsync(center.Heartbeats);

        center.Settings = new AgentSettings(1, 1);
        await center.AllAgents.Configure(center.Settings);

        for (var samples = 0; samples < 2;)
        {
            samples += (await ScriptedCenter.NextAsync(center.Heartbeats)).Samples?.Count ?? 0;
        }
    }

    [Fact]
    public async Task NewerProtocolThanOurs_IsSaidAndTriedAgain()
    {
        await using var center = await ScriptedCenter.StartAsync();
        center.OnHello = _ => new HelloReply(99, new AgentSettings(1, 1), false, []);
        await using var agent = RunningAgent.Start(_folder, s_token, center.Address);

        await agent.LineAsync("speak protocol version 99");
        Assert.False(agent.Exit.IsCompleted);
    }

    private static async Task<IReadOnlyList<MetricSample>> SamplesAsync(ScriptedCenter center)
    {
        while (true)
        {
            if (await ScriptedCenter.NextAsync(center.Heartbeats) is { Samples: { Count: > 0 } samples } heartbeat)
            {
                Assert.NotNull(heartbeat.Schema);
                return samples;
            }
        }
    }

    private AgentIdentity Stored() =>
        JsonSerializer.Deserialize(File.ReadAllBytes(IdentityFile), IdentityJsonContext.Default.AgentIdentity)!;
}
