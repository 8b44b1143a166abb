using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Live;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories;

/// <summary>Keeps an inventory when it says something new.</summary>
public sealed class InventoryService(IInventoryStore inventories, IAgentStore agents, AgentDirectory directory, LiveFeed live, TimeProvider time)
{
    public async Task<ReportReply> TakeAsync(Guid agentId, Inventory inventory, CancellationToken cancellationToken)
    {
        InventoryRules.Check(inventory);
        var hash = inventory.Hash();
        var known = await inventories.LatestAsync(agentId, cancellationToken);
        if (known?.Hash != hash)
        {
            // The center's clock orders the history; an agent's clock may be anything.
            var document = JsonSerializer.Serialize(inventory, NerveJsonContext.Default.Inventory);
            await inventories.AddAsync(new InventorySnapshot(agentId, time.UtcMilliseconds(), hash, document), cancellationToken);
        }

        var agent = await agents.UpdateAsync(
            agentId, old => old with { Facts = MachineFacts.Of(inventory), InventoryHash = hash }, cancellationToken);
        if (agent is null)
        {
            return ReportReply.Refused(ProblemCodes.AgentUnknown);
        }

        directory.Put(agent);
        live.InventoryChanged(agentId, hash);
        return ReportReply.Ok;
    }
}
