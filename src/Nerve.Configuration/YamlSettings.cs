using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nerve.Configuration;

/// <summary>Reads a YAML mapping, event by event. Nested mappings flatten: <c>tls: {cert: x}</c> is <c>tls-cert: x</c>.</summary>
internal sealed class YamlSettings(
    string path, IReadOnlyList<Setting> settings, Dictionary<string, SettingValue> values, List<string> errors)
{
    private const int MaxDepth = 8;

    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);

    public void Read(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            return;
        }

        if (parser.Accept<MappingStart>(out _))
        {
            ReadMapping(parser, "", 0);
        }
        else if (!(parser.TryConsume<Scalar>(out var scalar) && IsNull(scalar)))
        {
            errors.Add($"{path}:{parser.Current?.Start.Line}: write keys and values, such as 'key: value'");
            return;
        }

        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
        {
            errors.Add($"{path}:{second.Start.Line}: has a second document; only one is read");
        }
    }

    private void ReadMapping(Parser parser, string prefix, int depth)
    {
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var name) && depth < MaxDepth)
            {
                ReadEntry(parser, prefix + name.Value, name.Start.Line, depth);
            }
            else
            {
                errors.Add($"{path}:{parser.Current!.Start.Line}: is not a simple key; write 'key: value'");
                if (name is null)
                {
                    parser.SkipThisAndNestedEvents();
                }

                parser.SkipThisAndNestedEvents();
            }
        }
    }

    private void ReadEntry(Parser parser, string key, long line, int depth)
    {
        var setting = settings.FirstOrDefault(setting => setting.Key == key);
        if (parser.Accept<MappingStart>(out _) && setting?.Shape != SettingShape.Map
            && (setting is null || setting.Shape == SettingShape.Switch)
            && settings.Any(other => other.Key.StartsWith(key + "-", StringComparison.Ordinal)))
        {
            ReadMapping(parser, key + "-", depth + 1);
            return;
        }

        if (setting is null)
        {
            AddUnknown(key, line);
            parser.SkipThisAndNestedEvents();
            return;
        }

        if (ReadValue(parser, setting, line) is { } text && IsFirst(key, line))
        {
            values[key] = new SettingValue(text, $"{path}:{line}");
        }
    }

    /// <summary>Null if it is absent or was an error.</summary>
    private string? ReadValue(Parser parser, Setting setting, long line)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return IsNull(scalar) ? null : scalar.Value;
        }

        if (setting.Shape == SettingShape.List && parser.TryConsume<SequenceStart>(out _))
        {
            return ReadScalars<SequenceEnd>(parser, setting.Key, element => element.Value);
        }

        if (setting.Shape == SettingShape.Map && parser.TryConsume<MappingStart>(out _))
        {
            return ReadScalars<MappingEnd>(parser, setting.Key, name => ReadNamed(parser, setting.Key, name));
        }

        errors.Add($"{setting.Key} (from {path}:{line}): {Expectation(setting.Shape)}");
        parser.SkipThisAndNestedEvents();
        return null;
    }

    private string? ReadScalars<TEnd>(Parser parser, string key, Func<Scalar, string?> read)
        where TEnd : ParsingEvent
    {
        var texts = new List<string>();
        while (!parser.TryConsume<TEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var scalar))
            {
                if (read(scalar) is { } text)
                {
                    texts.Add(text);
                }

                continue;
            }

            errors.Add($"{key} (from {path}:{parser.Current!.Start.Line}): only simple values are understood here");
            parser.SkipThisAndNestedEvents();
        }

        if (texts.Find(text => text.Contains(',')) is not null)
        {
            errors.Add($"{key} (from {path}): a value must not contain a comma");
            return null;
        }

        return string.Join(',', texts);
    }

    private string? ReadNamed(Parser parser, string key, Scalar name)
    {
        if (parser.TryConsume<Scalar>(out var value))
        {
            return $"{name.Value}={(IsNull(value) ? "" : value.Value)}";
        }

        errors.Add($"{key} (from {path}:{name.Start.Line}): '{name.Value}' must have a simple value");
        parser.SkipThisAndNestedEvents();
        return null;
    }

    private void AddUnknown(string key, long line)
    {
        var meant = Suggestion.For(key, settings.Where(setting => !setting.Hidden).Select(setting => setting.Key));
        errors.Add(meant is null
            ? $"{path}:{line}: unknown key '{key}'; --help lists what there is"
            : $"{path}:{line}: unknown key '{key}'; did you mean '{meant}'?");
    }

    private bool IsFirst(string key, long line)
    {
        if (_lines.TryAdd(key, line))
        {
            return true;
        }

        errors.Add($"{path}:{line}: '{key}' is already set in line {_lines[key]}");
        return false;
    }

    private static bool IsNull(Scalar scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null";

    private static string Expectation(SettingShape shape) => shape switch
    {
        SettingShape.Switch => "write true or false",
        SettingShape.List => "write one value or a list of values",
        SettingShape.Map => "write name=value,… or a mapping of names to values",
        _ => "write one simple value",
    };
}
