namespace Nerve.Configuration;

/// <summary>A value of a YAML file and where it stands. Exactly one of the three is set, or none where the file says nothing after the key.</summary>
public sealed class YamlNode(long line)
{
    public long Line { get; } = line;

    /// <summary>Of a simple value.</summary>
    public string? Text { get; init; }

    /// <summary>Of a list.</summary>
    public IReadOnlyList<YamlNode>? Items { get; init; }

    /// <summary>Of a mapping, in the file's order.</summary>
    public IReadOnlyList<YamlEntry>? Entries { get; init; }
}

/// <summary>One key of a mapping and its value.</summary>
public sealed class YamlEntry(string key, YamlNode value)
{
    public string Key { get; } = key;

    public YamlNode Value { get; } = value;
}
