using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nerve.Configuration;

/// <summary>Reads a YAML document of lists and mappings, for files that are more than a table of settings.</summary>
public static class YamlTree
{
    private const int MaxDepth = 8;

    /// <summary>Null where the file says nothing at all.</summary>
    /// <exception cref="ConfigurationException">It is not one plain YAML document; the message begins with the line.</exception>
    public static YamlNode? Read(TextReader text)
    {
        try
        {
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            var root = Node(parser, 0);
            parser.Consume<DocumentEnd>();
            return parser.Accept<DocumentStart>(out var second) ? throw At(second.Start.Line, "has a second document; only one is read") : root;
        }
        catch (YamlException malformed)
        {
            throw At(malformed.Start.Line, $"is not valid YAML: {malformed.Message}");
        }
    }

    private static ConfigurationException At(long line, string problem) => new($"{line}: {problem}");

    private static YamlNode Node(Parser parser, int depth)
    {
        var line = parser.Current!.Start.Line;
        if (depth > MaxDepth)
        {
            throw At(line, "is nested too deeply");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlNode(line) { Text = IsNull(scalar) ? null : scalar.Value };
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            return new YamlNode(line) { Items = Items(parser, depth) };
        }

        return parser.TryConsume<MappingStart>(out _)
            ? new YamlNode(line) { Entries = Entries(parser, depth) }
            : throw At(line, "only simple values, lists and mappings are understood, no references");
    }

    private static List<YamlNode> Items(Parser parser, int depth)
    {
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(parser, depth + 1));
        }

        return items;
    }

    private static List<YamlEntry> Entries(Parser parser, int depth)
    {
        var entries = new List<YamlEntry>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
            {
                throw At(parser.Current!.Start.Line, "is not a simple key; write 'key: value'");
            }

            if (entries.Exists(entry => entry.Key == key.Value))
            {
                throw At(key.Start.Line, $"'{key.Value}' is set twice");
            }

            entries.Add(new YamlEntry(key.Value, Node(parser, depth + 1)));
        }

        return entries;
    }

    private static bool IsNull(Scalar scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null";
}
