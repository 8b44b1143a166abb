using System.Net;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

public sealed class EnrolmentTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Enrol_NewMachine_GetsItsOwnIdentity_WhichIsKeptAsAHash()
    {
        await using var agent = await _center.EnrolAsync("node-a");

        var stored = await _center.Get<IAgentStore>().FindAsync(agent.Id, TestCenter.Cancelled);
        Assert.Equal(7, agent.Id.Version);
        Assert.StartsWith("nva_", agent.Credential, StringComparison.Ordinal);
        Assert.Equal(Secret.Hash(agent.Credential), stored!.CredentialHash);
        Assert.DoesNotContain(_center.Logs.Lines, line => line.Contains(agent.Credential, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enrol_TwoMachinesOfOneName_AreTwo()
    {
        await using var first = await _center.EnrolAsync("localhost");
        await using var second = await _center.EnrolAsync("localhost");

        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task Enrol_ReinstalledMachine_KeepsItsIdAndLabels_AndItsOldCredentialIsDead()
    {
        await using var before = await _center.JoinAsync("old-name", "dmi-aaaa");
        using (var operatorClient = _center.Client(Role.Operator))
        {
            await operatorClient.PatchAsync(
                $"/api/v1/agents/{before.Id}",
                new StringContent("""{"labels":{"rack":"r1"}}""", System.Text.Encoding.UTF8, "application/json"), TestCenter.Cancelled);
        }

        await before.LeaveAsync();
        await using var after = await _center.EnrolAsync("new-name", "dmi-aaaa");

        Assert.Equal(before.Id, after.Id);
        Assert.NotEqual(before.Credential, after.Credential);
        var shown = _center.Get<AgentDirectory>().Find(after.Id)!;
        Assert.Equal(("new-name", "r1"), (shown.Hostname, shown.Labels["rack"]));
        await after.ConnectAsync();
        using var old = _center.Client(before.Credential);
        await (await old.PostTextAsync($"/api/v1/agents/{before.Id}/heartbeat", "{}")).ProblemAsync(HttpStatusCode.NotFound, "agent.unknown");
        await (await old.GetAsync("/hubs/agent", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "agent.unknown");
    }

    [Fact]
    public async Task Enrol_SameHardwareWhileTheFirstIsConnected_IsAnotherMachine()
    {
        await using var original = await _center.JoinAsync("original", "dmi-bbbb");
        await using var twin = await _center.EnrolAsync("twin", "dmi-bbbb");

        Assert.NotEqual(original.Id, twin.Id);
        await original.Heartbeat(new Heartbeat());
    }

    [Fact]
    public async Task Hello_ClonedState_IsRefused_AndTheCloneEnrolsAsItsOwn()
    {
        await using var original = await _center.JoinAsync("original", "dmi-cccc");
        await using var clone = new ScriptedAgent(_center.Address, original.Id, original.Credential, "clone", "dmi-dddd");

        var refusal = await Assert.ThrowsAsync<HubException>(clone.ConnectAsync);

        Assert.Contains(ProblemCodes.AgentCloned, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("original", _center.Get<AgentDirectory>().Find(original.Id)!.Hostname);
        Assert.Equal(AgentStatus.Online, _center.StatusOf(original));
        await clone.CutAsync();
        await using var anew = await _center.EnrolAsync("clone", "dmi-dddd");
        Assert.NotEqual(original.Id, anew.Id);
        await anew.ConnectAsync();
    }

    [Theory]
    [InlineData("machine-1", "dmi-1")]
    [InlineData("dmi-2", null)]
    [InlineData(null, "dmi-3")]
    public async Task Hello_FingerprintOfAnotherKind_SaysNothingAboutAClone(string? enrolled, string? now)
    {
        await using var agent = await _center.EnrolAsync("node", enrolled);
        agent.Fingerprint = now;

        await agent.ConnectAsync();

        Assert.Equal(AgentStatus.Online, _center.StatusOf(agent));
    }

    [Fact]
    public async Task Hello_TellsTheCurrentNameLabelsAndCluster()
    {
        await using var agent = await _center.EnrolAsync("before");
        (agent.Hostname, agent.Cluster, agent.Labels["rack"]) = ("after", "train", "r9");

        var greeting = await agent.ConnectAsync();

        var shown = _center.Get<AgentDirectory>().Find(agent.Id)!;
        Assert.Equal(("after", "train", "r9"), (shown.Hostname, shown.Cluster, shown.Labels["rack"]));
        Assert.Equal(ProtocolInfo.Version, greeting.Protocol);
        Assert.True(greeting.InventoryWanted);
    }

    [Fact]
    public async Task Hello_ProtocolOfTheFuture_IsAnsweredWithOurs_AndOneOfNoneIsRefused()
    {
        await using var agent = await _center.EnrolAsync("future");
        await agent.OpenAsync();
        var hello = new Hello(99, "9.0.0", "future", null, null, new Dictionary<string, string>(), null, null, []);

        await Assert.ThrowsAsync<HubException>(() => agent.Hello(hello with { Protocol = 0 }));
        Assert.Equal(ProtocolInfo.Version, (await agent.Hello(hello)).Protocol);
    }

    [Fact]
    public async Task Hello_OnASecondLink_EndsTheFirst()
    {
        await using var agent = await _center.JoinAsync("twice");
        var (oldLink, oldClosed) = (agent.Abandon(), agent.Closed);

        await agent.ConnectAsync();

        await oldClosed.WithinLimitAsync();
        await oldLink.DisposeAsync();
        Assert.Equal(AgentStatus.Online, _center.StatusOf(agent));
        await agent.Heartbeat(new Heartbeat());
    }
}
