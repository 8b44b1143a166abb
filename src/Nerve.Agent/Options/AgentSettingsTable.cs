using Nerve.Agent.Policies;
using Nerve.Configuration;

namespace Nerve.Agent.Options;

/// <summary>Everything that can be set, by flag, environment variable or configuration file.</summary>
internal static class AgentSettingsTable
{
    public static Setting Server { get; } = new("server", "Addresses of one or several centers, comma separated")
    {
        Shape = SettingShape.List,
        ValueName = "URL",
        Required = true,
        Check = Checks.Each(Checks.Url("http", "https")),
    };

    public static Setting Token { get; } = new("token", "Enrolment token, needed only until enrolled; better kept in a file or NERVE_TOKEN")
    {
        ValueName = "TOKEN",
        Secret = true,
    };

    public static Setting TokenFile { get; } = new("token-file", "File with the enrolment token") { ValueName = "FILE" };

    public static Setting State { get; } = new("state", "Folder for identity, journal and plugins")
    {
        ValueName = "DIR",
        Default = Environment.IsPrivilegedProcess ? "/var/lib/nerve-agent" : "./.nerve/agent",
    };

    public static Setting Root { get; } = new("root", "Where to read /proc, /sys and /etc from")
    {
        ValueName = "DIR",
        Default = "/",
        Check = Checks.DirectoryExists,
    };

    public static Setting Interval { get; } = new("interval", "Between heartbeats, until the center says otherwise")
    {
        ValueName = "TIME",
        Default = "30s",
        Check = Checks.DurationBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
    };

    public static Setting InventoryInterval { get; } = new("inventory-interval", "Between looks at the machine's parts; what changed is sent")
    {
        ValueName = "TIME",
        Default = "5m",
        Check = Checks.DurationBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)),
    };

    public static Setting Labels { get; } = new("labels", "Labels of this machine: name=value, comma separated")
    {
        Shape = SettingShape.Map,
        ValueName = "K=V",
    };

    public static Setting Cluster { get; } = new("cluster", "Cluster of this machine") { ValueName = "NAME" };

    public static Setting Policy { get; } = new("policy", "What the host's owner lets the center do here (YAML); read again when it changes")
    {
        ValueName = "FILE",
        Default = PolicyFile.UsualPath,
    };

    public static Setting Config { get; } = new(SettingsReader.FileKey, "Configuration file (YAML)") { ValueName = "FILE" };

    public static Setting Debug { get; } = new("debug", "Verbose logs") { Shape = SettingShape.Switch };

    public static IReadOnlyList<Setting> All { get; } =
        [Server, Token, TokenFile, State, Root, Interval, InventoryInterval, Labels, Cluster, Policy, Config, Debug];
}
