using System.Globalization;
using Nerve.Configuration;

namespace Nerve.Agent.Policies;

/// <summary>Reads a policy from its file's content, and names everything that is wrong with it.</summary>
/// <remarks>A policy with one error is no policy: a rule that was written wrong must not be a rule that is not there.</remarks>
internal sealed class PolicyReader(List<string> errors)
{
    private const string Keys = "read-only, kinds, users, env, commands, windows, limits";
    private const string LimitKeys = "seconds, runs, cpu-percent, memory, processes";

    private readonly HostPolicy _policy = new();

    public HostPolicy Read(YamlNode? root)
    {
        if (root?.Entries is not { Count: > 0 } entries)
        {
            errors.Add($"{root?.Line ?? 1}: says nothing; write 'read-only: false' if everything is to be allowed");
            return _policy;
        }

        foreach (var entry in entries)
        {
            ReadKey(entry.Key, entry.Value);
        }

        return _policy;
    }

    private void ReadKey(string key, YamlNode value)
    {
        switch (key)
        {
            case "read-only":
                _policy.ReadOnly = Switch(key, value);
                break;
            case "kinds":
                _policy.Kinds = Texts(key, value, text => text is "command" or "script" ? null : "write command or script");
                break;
            case "users":
                _policy.Users = Texts(key, value);
                break;
            case "env":
                _policy.Env = Texts(key, value, text => text.IndexOf('*', StringComparison.Ordinal) is var star && (star < 0 || star == text.Length - 1)
                    ? null : "a star stands at the end only");
                break;
            case "commands":
                _policy.Commands = [.. Items(key, value).ConvertAll(Program).OfType<ProgramRule>()];
                break;
            case "windows":
                _policy.Windows = [.. Items(key, value).ConvertAll(Window).OfType<TimeWindow>()];
                break;
            case "limits":
                foreach (var limit in Entries(key, value))
                {
                    ReadLimit(limit.Key, limit.Value);
                }

                break;
            default:
                Add(value, $"unknown key '{key}'; the keys are {Keys}");
                break;
        }
    }

    private void ReadLimit(string key, YamlNode value)
    {
        switch (key)
        {
            case "seconds":
                _policy.Seconds = Number(key, value);
                break;
            case "runs":
                _policy.Runs = Number(key, value);
                break;
            case "cpu-percent":
                _policy.CpuPercent = Number(key, value);
                break;
            case "memory":
                _policy.MemoryBytes = Bytes(key, value);
                break;
            case "processes":
                _policy.Processes = Number(key, value);
                break;
            default:
                Add(value, $"limits: unknown key '{key}'; the keys are {LimitKeys}");
                break;
        }
    }

    private ProgramRule? Program(YamlNode item)
    {
        if (item.Text is { } alone)
        {
            return Rule(item, alone, null);
        }

        string? path = null, hash = null;
        foreach (var entry in Entries("commands", item))
        {
            switch (entry.Key)
            {
                case "path":
                    path = entry.Value.Text;
                    break;
                case "sha256":
                    hash = entry.Value.Text ?? "";
                    break;
                default:
                    Add(entry.Value, $"commands: unknown key '{entry.Key}'; the keys are path, sha256");
                    break;
            }
        }

        return Rule(item, path ?? "", hash);
    }

    private ProgramRule? Rule(YamlNode at, string path, string? hash)
    {
        if (!path.StartsWith('/'))
        {
            return Add<ProgramRule>(at, $"commands: '{path}' is no absolute path");
        }

        return hash is null || (hash.Length == 64 && !hash.AsSpan().ContainsAnyExcept("0123456789abcdefABCDEF"))
            ? new ProgramRule(path, hash?.ToLowerInvariant())
            : Add<ProgramRule>(at, $"commands: '{hash}' is no SHA-256, which has 64 hexadecimal digits; sha256sum FILE prints it");
    }

    private TimeWindow? Window(YamlNode item)
    {
        var days = TimeWindow.AllDays;
        var hours = new YamlNode(item.Line) { Text = "00:00-24:00" };
        foreach (var entry in Entries("windows", item))
        {
            switch (entry.Key)
            {
                case "days":
                    days = 0;
                    foreach (var day in Texts("windows: days", entry.Value, text => TimeWindow.Day(text) is null ? "write mon, tue, wed, thu, fri, sat or sun" : null))
                    {
                        days |= TimeWindow.Day(day) ?? 0;
                    }

                    break;
                case "hours":
                    hours = entry.Value;
                    break;
                default:
                    Add(entry.Value, $"windows: unknown key '{entry.Key}'; the keys are days, hours");
                    break;
            }
        }

        return TimeWindow.TryParse(days, hours.Text ?? "")
            ?? Add<TimeWindow>(hours, $"windows: hours: '{hours.Text}' is no span of hours; write for example '20:00-06:00'");
    }

    private bool Switch(string key, YamlNode value)
    {
        if (value.Text is not ("true" or "false"))
        {
            Add(value, $"{key}: write true or false");
        }

        return value.Text != "false";
    }

    private int? Number(string key, YamlNode value)
    {
        if (int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return number;
        }

        Add(value, $"limits: {key}: '{value.Text}' is no number above 0");
        return null;
    }

    private long? Bytes(string key, YamlNode value)
    {
        var text = value.Text ?? "";
        var shift = text.Length < 3 ? 0 : text[^3..] switch { "KiB" => 10, "MiB" => 20, "GiB" => 30, "TiB" => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^3].TrimEnd();
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= long.MaxValue >> shift)
        {
            return number << shift;
        }

        Add(value, $"limits: {key}: '{text}' is no size; write for example 8GiB");
        return null;
    }

    private List<string> Texts(string key, YamlNode value, Func<string, string?>? check = null)
    {
        var texts = new List<string>();
        foreach (var item in Items(key, value))
        {
            if (item.Text is not { Length: > 0 } text)
            {
                Add(item, $"{key}: write simple values");
            }
            else if (check?.Invoke(text) is { } problem)
            {
                Add(item, $"{key}: '{text}': {problem}");
            }
            else
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    private List<YamlNode> Items(string key, YamlNode value)
    {
        if (value.Items is { } items)
        {
            return [.. items];
        }

        Add(value, $"{key}: write a list; [] is none");
        return [];
    }

    private IReadOnlyList<YamlEntry> Entries(string key, YamlNode value)
    {
        if (value.Entries is { } entries)
        {
            return entries;
        }

        Add(value, $"{key}: write keys and values");
        return [];
    }

    private T? Add<T>(YamlNode at, string problem)
        where T : class
    {
        Add(at, problem);
        return null;
    }

    private void Add(YamlNode at, string problem) => errors.Add(string.Create(CultureInfo.InvariantCulture, $"{at.Line}: {problem}"));
}
