using YamlDotNet.Core;

namespace Nerve.Configuration;

/// <summary>Opens the configuration file and turns whatever is wrong with it into error lines.</summary>
internal static class YamlFile
{
    private const long MaxBytes = 1024 * 1024;

    public static void Read(SettingValue file, IReadOnlyList<Setting> settings, Dictionary<string, SettingValue> values, List<string> errors)
    {
        var path = file.Text;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                errors.Add($"{path}: is larger than 1 MiB, which no configuration is; is {SettingsReader.FileKey} (from {file.Origin}) right?");
                return;
            }

            using var text = new StreamReader(path);
            new YamlSettings(path, settings, values, errors).Read(new Parser(text));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"{SettingsReader.FileKey} (from {file.Origin}): '{path}' cannot be read: {failure.Message}");
        }
        catch (YamlException malformed)
        {
            errors.Add($"{path}:{malformed.Start.Line}: is not valid YAML: {malformed.Message}");
        }
    }
}
