using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Server.Inventories.Changes;

[JsonConverter(typeof(CamelCaseEnumConverter<ChangeKind>))]
public enum ChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>One thing that is not as it was.</summary>
/// <param name="Section">The part of the inventory, such as <c>gpus</c>.</param>
/// <param name="Path">Where in the document, with the identity of elements in brackets: <c>gpus[GPU-5d9e…].pcieWidth</c>.</param>
/// <param name="Elements">The parts of the machine that it concerns, the outer one first; empty for the machine itself.</param>
/// <param name="Field">Of the last element, or of the section: <c>pcieWidth</c>, <c>bios.version</c>; empty when it is the element itself that
/// came or went.</param>
/// <param name="Old">As in the inventory; null for what was not there or not known.</param>
/// <param name="New">As <paramref name="Old"/>.</param>
/// <param name="Label">Ready to read: <c>GPU 3 PCIe width 16 → 8</c>.</param>
public sealed record InventoryChange(
    string Section,
    string Path,
    IReadOnlyList<ChangedElement> Elements,
    string Field,
    ChangeKind Kind,
    JsonElement? Old,
    JsonElement? New,
    string Label);

/// <summary>A part that keeps its identity wherever it stands in a list.</summary>
/// <param name="Type"><c>gpu</c>, <c>dimm</c>, <c>disk</c>, <c>interface</c>, <c>filesystem</c>, …</param>
/// <param name="Id">What it is known by: a GPU's UUID, a DIMM's locator, a disk's serial number, an interface's name, a mount point.</param>
/// <param name="Name">As people call it: a GPU's number, a disk's device name.</param>
public sealed record ChangedElement(string Type, string Id, string Name);
