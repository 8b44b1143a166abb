using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol.Link;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Gateway;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents.Settings;

/// <summary>What every agent is told: as an admin has set it, else as the center was started. A change reaches connected agents at once, those of
/// other nodes by way of these, and all others with their next word.</summary>
public sealed partial class AgentSettingsService(
    IAgentSettingsStore store, NerveServerOptions options, LivenessTracker liveness, INodeBus nodes, IServiceProvider services, TimeProvider time,
    ILogger<AgentSettingsService> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile State _state = new(null, Combine(null, options));

    /// <summary>What an admin has set; null when nobody has set anything.</summary>
    public FleetSettings? Set => _state.Set;

    /// <summary>What agents are told now.</summary>
    public AgentSettings InForce => _state.InForce;

    /// <summary>What agents are told when nothing is set.</summary>
    public AgentSettings Defaults { get; } = Combine(null, options);

    /// <summary>Reads what is set: at start, and when another node has changed it.</summary>
    public Task LoadAsync(CancellationToken cancellationToken) => InTurnAsync(() => store.FindAsync(cancellationToken), cancellationToken);

    /// <exception cref="ProblemException">A number is outside its limits.</exception>
    public async Task ChangeAsync(AgentSettingsChange change, string by, CancellationToken cancellationToken)
    {
        AgentSettingsRules.Check(change, Defaults);
        var settings = new FleetSettings
        {
            HeartbeatSeconds = change.HeartbeatSeconds,
            SampleSeconds = change.SampleSeconds,
            SmartMinutes = change.SmartMinutes,
            IpmiSeconds = change.IpmiSeconds,
            InventorySeconds = change.InventorySeconds,
            ChangedAt = time.UtcMilliseconds(),
            ChangedBy = by,
        };
        await InTurnAsync(
            async () =>
            {
                await store.SaveAsync(settings, cancellationToken);
                return settings;
            },
            cancellationToken);
        LogChanged(logger, by, change);
        nodes.Publish(new SettingsChanged());
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>What was read before a change must not be taken after it.</summary>
    private async Task InTurnAsync(Func<Task<FleetSettings?>> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Take(await read());
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Take(FleetSettings? settings)
    {
        var before = InForce;
        _state = new State(settings, Combine(settings, options));
        if (InForce != before)
        {
            liveness.SetHeartbeat(TimeSpan.FromSeconds(InForce.HeartbeatSeconds));
            _ = TellAsync(InForce); // an agent that takes nothing from its link must not hold up the others
        }
    }

    /// <summary>The links that end here. Whose link is just breaking is told by its next hello.</summary>
    private async Task TellAsync(AgentSettings settings)
    {
        try
        {
            await services.GetRequiredService<IHubContext<AgentHub, IAgentPeer>>().Clients.All.Configure(settings);
        }
        catch (Exception exception)
        {
            LogNotTold(logger, exception);
        }
    }

    private static AgentSettings Combine(FleetSettings? set, NerveServerOptions options)
    {
        var heartbeat = set?.HeartbeatSeconds ?? options.HeartbeatSeconds;
        return new AgentSettings(
            heartbeat, Math.Min(heartbeat, set?.SampleSeconds ?? options.SampleSeconds), set?.SmartMinutes, set?.IpmiSeconds, set?.InventorySeconds);
    }

    [LoggerMessage(1, LogLevel.Information, "{By} has changed the agents' settings: {Change}")]
    private static partial void LogChanged(ILogger logger, string by, AgentSettingsChange change);

    [LoggerMessage(2, LogLevel.Warning, "Connected agents could not be told their new settings; they learn them with their next heartbeat")]
    private static partial void LogNotTold(ILogger logger, Exception exception);

    private sealed record State(FleetSettings? Set, AgentSettings InForce);
}
