using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Link;

namespace Nerve.Server.Tests.Support;

/// <summary>An agent that says hello and then never reads from its link again.</summary>
internal sealed class DeafAgent : IAsyncDisposable
{
    private readonly TestCenter _center;
    private readonly string _hostname;
    private readonly string _credential;
    private DeafLink? _link;

    private DeafAgent(TestCenter center, Guid id, string hostname, string credential) =>
        (_center, Id, _hostname, _credential) = (center, id, hostname, credential);

    public Guid Id { get; }

    public static async Task<DeafAgent> EnrolAsync(TestCenter center, string hostname)
    {
        await using var enrolled = await center.EnrolAsync(hostname);
        return new DeafAgent(center, enrolled.Id, hostname, enrolled.Credential);
    }

    public async Task ConnectAsync()
    {
        _link = await DeafLink.OpenAsync(_center, ProtocolInfo.AgentHubPath, _credential);
        await _link.CallAsync("Hello", JsonSerializer.Serialize(
            new Hello(ProtocolInfo.Version, "1.2.3", _hostname, null, null, new Dictionary<string, string>(), null, null, []),
            NerveJsonContext.Default.Hello));
        await Eventually.HoldsAsync(() => _center.Get<Gateway.AgentSessions>().IsOpen(Id));
    }

    public async ValueTask DisposeAsync()
    {
        if (_link is not null)
        {
            await _link.DisposeAsync();
        }
    }
}
