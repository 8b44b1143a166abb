using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Protocol.Inventories;

/// <summary>The sections that changed since the inventory which the center last acknowledged.</summary>
/// <param name="CollectedAt">When the whole was collected.</param>
/// <param name="Hashes">Of every section after the change, also of those that are not sent (<see cref="InventorySections.HashesOf"/>): the center
/// puts the sections into the inventory it has, and takes the result only if it has these hashes.</param>
/// <param name="Sections">By name, each whole.</param>
public sealed record InventoryUpdate(
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset CollectedAt,
    IReadOnlyDictionary<string, string> Hashes,
    IReadOnlyDictionary<string, JsonElement> Sections);
