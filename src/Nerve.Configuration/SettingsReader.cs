using System.CommandLine;
using System.CommandLine.Parsing;

namespace Nerve.Configuration;

/// <summary>Gathers the values of a table of settings: flag before environment variable before file before default.</summary>
/// <remarks>The file is the one named by the setting <see cref="FileKey"/>, if the table has it; that setting is not looked for in the
/// file itself. An empty environment variable counts as not set.</remarks>
public static class SettingsReader
{
    public const string FileKey = "config";

    /// <summary>All values, all of them checked, or every error there is.</summary>
    public static SettingsResult Read(
        IReadOnlyList<Setting> settings,
        ParseResult commandLine,
        IReadOnlyDictionary<string, string> environment)
    {
        var errors = new List<string>();
        var values = new Dictionary<string, SettingValue>(StringComparer.Ordinal);
        AddDefaults(settings, values);
        var outside = new Dictionary<string, SettingValue>(StringComparer.Ordinal);
        AddEnvironment(settings, environment, outside);
        AddFlags(settings, commandLine, outside);

        if (outside.TryGetValue(FileKey, out var file) || values.TryGetValue(FileKey, out file))
        {
            YamlFile.Read(file, [.. settings.Where(setting => setting.Key != FileKey)], values, errors);
        }

        foreach (var (key, value) in outside)
        {
            values[key] = value;
        }

        errors.AddRange(settings.Select(setting => Check(setting, values)).OfType<string>());
        return new SettingsResult(
            errors.Count == 0 ? new Settings(settings, values) : null,
            errors,
            [.. EnvironmentWarnings(settings, environment)]);
    }

    private static void AddDefaults(IEnumerable<Setting> settings, Dictionary<string, SettingValue> values)
    {
        foreach (var setting in settings)
        {
            if (setting.Default is { } text)
            {
                values[setting.Key] = new SettingValue(text, "the default");
            }
        }
    }

    private static void AddEnvironment(
        IEnumerable<Setting> settings, IReadOnlyDictionary<string, string> environment, Dictionary<string, SettingValue> values)
    {
        foreach (var setting in settings)
        {
            if (environment.TryGetValue(setting.Variable, out var text) && text.Length > 0)
            {
                values[setting.Key] = new SettingValue(text, setting.Variable);
            }
        }
    }

    private static void AddFlags(IEnumerable<Setting> settings, ParseResult commandLine, Dictionary<string, SettingValue> values)
    {
        foreach (var setting in settings)
        {
            if (FindFlag(setting.Flag, commandLine.CommandResult) is { } flag)
            {
                var text = flag.Option is Option<bool> ? (flag.GetValueOrDefault<bool>() ? "true" : "false")
                    : string.Join(',', flag.Tokens.Select(token => token.Value));
                values[setting.Key] = new SettingValue(text, setting.Flag);
            }
        }
    }

    /// <summary>The flag may stand before or after the name of the subcommand; the inner one wins.</summary>
    private static OptionResult? FindFlag(string name, SymbolResult? command)
    {
        for (; command is not null; command = command.Parent)
        {
            if (command is CommandResult { Children: var children }
                && children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit && option.Option.Name == name) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? Check(Setting setting, Dictionary<string, SettingValue> values)
    {
        if (!values.TryGetValue(setting.Key, out var value))
        {
            return setting.Required
                ? $"{setting.Key} is required: give {setting.Flag}, {setting.Variable} or '{setting.Key}' in the configuration file"
                : null;
        }

        var check = setting.Shape switch
        {
            SettingShape.Switch => Checks.Switch,
            SettingShape.Map => setting.Check ?? Checks.Labels,
            _ => setting.Check,
        };
        return check?.Invoke(value.Text) is { } reason
            ? $"{setting.Key} (from {value.Origin}): {(setting.Secret ? "the value" : $"'{value.Text}'")} {reason}"
            : null;
    }

    private static IEnumerable<string> EnvironmentWarnings(
        IReadOnlyList<Setting> settings, IReadOnlyDictionary<string, string> environment)
    {
        var known = settings.Select(setting => setting.Variable).ToHashSet(StringComparer.Ordinal);
        return from name in environment.Keys
               where name.StartsWith("NERVE_", StringComparison.Ordinal) && !known.Contains(name)
               let meant = Suggestion.For(name, known)
               where meant is not null
               select $"environment variable {name} is not known and is ignored; did you mean {meant}?";
    }
}

/// <param name="Settings">Null if there are errors.</param>
/// <param name="Errors">One line each, naming the key and where its value came from.</param>
/// <param name="Warnings">One line each, for the log.</param>
public sealed record SettingsResult(Settings? Settings, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings)
{
    public Settings OrThrow() => Settings ?? throw new ConfigurationException(Errors);
}
