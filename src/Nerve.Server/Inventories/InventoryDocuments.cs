using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;

namespace Nerve.Server.Inventories;

/// <summary>Inventories as they are stored, and back.</summary>
internal static class InventoryDocuments
{
    public static InventorySnapshot At(this Inventory inventory, DateTimeOffset moment, Guid agentId, string hash) =>
        new(agentId, moment, hash, JsonSerializer.Serialize(inventory, NerveJsonContext.Default.Inventory));

    public static Inventory Read(this InventorySnapshot snapshot) =>
        JsonSerializer.Deserialize(snapshot.Document, NerveJsonContext.Default.Inventory)!;
}
