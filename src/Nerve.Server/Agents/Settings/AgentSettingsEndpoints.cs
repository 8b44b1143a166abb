using System.Security.Claims;
using System.Text.Json.Serialization;
using Nerve.Protocol.Link;
using Nerve.Server.Audit;
using Nerve.Server.Identity;

namespace Nerve.Server.Agents.Settings;

/// <summary>What an admin sets for the agents of the whole fleet; what is left out or null is as the center, or each agent, was started.</summary>
/// <param name="HeartbeatSeconds">Seconds from one heartbeat to the next, 1 to 3600. An agent is offline after three of them.</param>
/// <param name="SampleSeconds">Seconds from one sample of the metrics to the next, 1 to 3600 and at most the heartbeat's.</param>
/// <param name="SmartMinutes">Minutes from one reading of a disk's health to the next, 5 to 1440.</param>
/// <param name="IpmiSeconds">Seconds from one question to the management controller to the next, 60 to 86400.</param>
/// <param name="InventorySeconds">Seconds from one look at the machine's parts to the next, 30 to 86400.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AgentSettingsChange(
    int? HeartbeatSeconds = null, int? SampleSeconds = null, int? SmartMinutes = null, int? IpmiSeconds = null, int? InventorySeconds = null) : IAuditDetail
{
    string? IAuditDetail.AuditDetail =>
        $"heartbeat {HeartbeatSeconds} s, sample {SampleSeconds} s, SMART {SmartMinutes} min, IPMI {IpmiSeconds} s, inventory {InventorySeconds} s";
}

/// <param name="Set">What an admin has set.</param>
/// <param name="InForce">What agents are told; null there is each agent's own.</param>
/// <param name="Defaults">What they are told when nothing is set.</param>
/// <param name="ChangedAt">Null when nobody has set anything.</param>
/// <param name="ChangedBy">A person, or <c>token:NAME</c>; the id of a token without a name.</param>
public sealed record AgentSettingsView(
    AgentSettingsChange Set, AgentSettings InForce, AgentSettings Defaults, DateTimeOffset? ChangedAt, string? ChangedBy);

internal static class AgentSettingsEndpoints
{
    public static void MapAgentSettings(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/settings/agents").WithTags("Settings");
        group.MapGet("/", View).RequireAuthorization(Policies.Viewer).WithSummary("How often agents report, sample and look");
        group.MapPut("/", ChangeAsync).Audited("settings.change").RequireAuthorization(Policies.Admin).WithSummary("Change that, for the whole fleet and at once");
    }

    private static AgentSettingsView View(AgentSettingsService settings) => new(
        settings.Set is { } set
            ? new AgentSettingsChange(set.HeartbeatSeconds, set.SampleSeconds, set.SmartMinutes, set.IpmiSeconds, set.InventorySeconds)
            : new AgentSettingsChange(),
        settings.InForce,
        settings.Defaults,
        settings.Set?.ChangedAt,
        settings.Set?.ChangedBy);

    private static async Task<AgentSettingsView> ChangeAsync(
        AgentSettingsChange change, AgentSettingsService settings, ClaimsPrincipal caller, CancellationToken cancellationToken)
    {
        await settings.ChangeAsync(change, caller.DisplayName(), cancellationToken);
        return View(settings);
    }
}
