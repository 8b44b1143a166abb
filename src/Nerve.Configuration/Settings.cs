using System.Globalization;

namespace Nerve.Configuration;

/// <summary>A value and where it came from: a flag, a variable, <c>file:line</c>, or the default.</summary>
public sealed record SettingValue(string Text, string Origin);

/// <summary>The checked values of a program's settings. The getters expect the setting to carry the check of the same name.</summary>
public sealed class Settings(IReadOnlyList<Setting> table, IReadOnlyDictionary<string, SettingValue> values)
{
    /// <summary>The text, or null if it was not set or is empty.</summary>
    public string? Text(string key) => Find(key) is { Text: { Length: > 0 } text } ? text : null;

    /// <summary>The text of a setting that has a default or is required.</summary>
    public string RequiredText(string key) =>
        Text(key) ?? throw new ConfigurationException($"{key} is required: give --{key}");

    public bool Switch(string key) => Text(key) is { } text && Parsing.TrySwitch(text, out var on) && on;

    public TimeSpan Duration(string key) => Parsing.TryDuration(RequiredText(key), out var value) ? value : throw Unchecked(key);

    public int Integer(string key) => int.Parse(RequiredText(key), NumberStyles.Integer, CultureInfo.InvariantCulture);

    public ListenAddress Address(string key) => ListenAddress.TryParse(RequiredText(key), out var value) ? value : throw Unchecked(key);

    /// <summary>Empty if it was not set.</summary>
    public IReadOnlyList<string> List(string key) => Parsing.List(Text(key) ?? "");

    /// <summary>Empty if it was not set.</summary>
    public IReadOnlyDictionary<string, string> Labels(string key) =>
        Parsing.TryLabels(Text(key) ?? "", out var labels, out _) ? labels : throw Unchecked(key);

    /// <summary>Where the value came from, or null if there is none.</summary>
    public string? Origin(string key) => Find(key)?.Origin;

    /// <summary>Whether somebody set it; a default does not count.</summary>
    public bool IsSet(string key) => Find(key) is { } value && value.Origin != "the default";

    private SettingValue? Find(string key) =>
        table.Any(setting => setting.Key == key)
            ? values.GetValueOrDefault(key)
            : throw new ArgumentException($"No setting '{key}' in this program's table.", nameof(key));

    private static InvalidOperationException Unchecked(string key) => new($"The setting '{key}' needs the check of its type.");
}
