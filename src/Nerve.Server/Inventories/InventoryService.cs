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
    : IDisposable
{
    private readonly Admission _door = new(atOnce: 8);

    /// <summary>Takes the whole.</summary>
    public Task<ReportReply> TakeAsync(Guid agentId, Inventory inventory, CancellationToken cancellationToken)
    {
        InventoryRules.Check(inventory);
        return _door.PassAsync(
            async () => await TakeAsync(agentId, inventory, await inventories.LatestAsync(agentId, cancellationToken), cancellationToken), cancellationToken);
    }

    /// <summary>Takes some sections in the place of those that it has, if the result is then what the agent has.</summary>
    public Task<ReportReply> TakeAsync(Guid agentId, InventoryUpdate update, CancellationToken cancellationToken) =>
        _door.PassAsync(() => MergeAsync(agentId, update, cancellationToken), cancellationToken);

    public void Dispose() => _door.Dispose();

    private async Task<ReportReply> MergeAsync(Guid agentId, InventoryUpdate update, CancellationToken cancellationToken)
    {
        if (await inventories.LatestAsync(agentId, cancellationToken) is not { } known)
        {
            return ReportReply.Refused(ProblemCodes.InventoryBase);
        }

        var inventory = Merge(known.Read(), update);
        InventoryRules.Check(inventory);
        return InventorySections.HashesOf(inventory).All(section => update.Hashes.GetValueOrDefault(section.Key) == section.Value)
            ? await TakeAsync(agentId, inventory, known, cancellationToken)
            : ReportReply.Refused(ProblemCodes.InventoryBase);
    }

    private async Task<ReportReply> TakeAsync(Guid agentId, Inventory inventory, InventorySnapshot? known, CancellationToken cancellationToken)
    {
        var hash = inventory.Hash();
        // Hashes of what is stored are taken anew: how they are taken may have changed since.
        if (known is not null && known.Read().Hash() == hash)
        {
            // Nothing changed, but its readings are newer.
            await inventories.ReplaceAsync(inventory.At(known.CollectedAt, agentId, hash), cancellationToken);
        }
        else
        {
            // The center's clock orders the history; an agent's clock may be anything.
            await inventories.AddAsync(inventory.At(time.UtcMilliseconds(), agentId, hash), cancellationToken);
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

    private static Inventory Merge(Inventory known, InventoryUpdate update)
    {
        try
        {
            return InventorySections.Merge(known, update.Sections, update.CollectedAt);
        }
        catch (JsonException exception)
        {
            throw Problems.Invalid("sections", $"are not an inventory's: {exception.Message}");
        }
    }
}
