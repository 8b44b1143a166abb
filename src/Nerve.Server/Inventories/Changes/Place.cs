using System.Text.Json;

namespace Nerve.Server.Inventories.Changes;

/// <summary>Where in an inventory, on the way down.</summary>
internal sealed record Place(string Section)
{
    /// <summary>With the identity of elements in brackets.</summary>
    public string Path { get; private init; } = Section;

    /// <summary>Without it: the same for all elements of a list.</summary>
    public string Pattern { get; private init; } = Section;

    public IReadOnlyList<ChangedElement> Elements { get; private init; } = [];

    /// <summary>Of the last element, or of the section.</summary>
    public string Field { get; private init; } = "";

    public Place Member(string name) => this with
    {
        Path = $"{Path}.{name}",
        Pattern = $"{Pattern}.{name}",
        Field = Field.Length == 0 ? name : $"{Field}.{name}",
    };

    public Place Element(ElementKind kind, JsonElement element) => this with
    {
        Path = $"{Path}[{kind.IdOf(element)}]",
        Elements = [.. Elements, new ChangedElement(kind.Type, kind.IdOf(element), kind.NameOf(element))],
        Field = "",
    };

    /// <summary>One text of a list of texts.</summary>
    public Place Item(JsonElement item) => this with { Path = $"{Path}[{item.GetString()}]" };

    public InventoryChange Change(ChangeKind kind, JsonElement? old, JsonElement? now)
    {
        var change = new InventoryChange(Section, Path, Elements, Field, kind, old, now, "");
        return change with { Label = ChangeLabel.Of(change) };
    }
}
