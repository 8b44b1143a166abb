using System.CommandLine;
using Nerve.Center.Tls;
using Nerve.Configuration;
using Nerve.Server.Retention;

namespace Nerve.Center;

/// <summary>Everything that can be set, and how it is checked.</summary>
internal static class CenterSettings
{
    public const string Addr = "addr";
    public const string Data = "data";
    public const string Debug = "debug";
    public const string Storage = "storage";
    public const string StorageUrl = "storage-url";
    public const string Redis = "redis";
    public const string TrustedProxies = "trusted-proxies";
    public const string Tls = "tls";
    public const string TlsNames = "tls-names";
    public const string TlsCert = "tls-cert";
    public const string TlsKey = "tls-key";
    public const string TlsClientCa = "tls-client-ca";
    public const string HeartbeatInterval = "heartbeat-interval";
    public const string SampleInterval = "sample-interval";
    public const string RetentionSamples = "retention-samples";
    public const string RetentionFiveMinutes = "retention-rollups-5m";
    public const string RetentionOneHour = "retention-rollups-1h";
    public const string RetentionInventories = "retention-inventories";
    public const string RetentionOutput = "retention-output";
    public const string RetentionAudit = "retention-audit";

    public static IReadOnlyList<Setting> Table { get; } =
    [
        new(Addr, "Where to listen; ':8090' means all interfaces.")
        {
            Default = ":8090", ValueName = "HOST:PORT", Check = Checks.Address,
        },
        new(SettingsReader.FileKey, "Read settings from this YAML file.") { ValueName = "FILE", Check = Checks.FileExists },
        new(Data, "Folder for the embedded database and keys; made with permissions 0700.") { Default = "./.nerve/center", ValueName = "DIR" },
        new(Storage, "Where the fleet lives: sqlite (embedded, in --data), postgres or mongodb.")
        {
            Default = StorageKinds.Sqlite, ValueName = "KIND", Check = Checks.OneOf(StorageKinds.All),
        },
        new(StorageUrl, "Where that database is, such as postgres://nerve@db.example.com/nerve or mongodb://db.example.com/nerve; a password belongs into NERVE_STORAGE_URL or the file.")
        {
            ValueName = "URL", Secret = true,
        },
        new(Redis, "What several centers of one fleet share: redis://redis.example.com:6379/0, or rediss:// for TLS; a password belongs into NERVE_REDIS or the file. Without it this center is alone.")
        {
            ValueName = "URL", Secret = true,
        },
        new(Tls, "Serve HTTPS with a certificate of this center's own authority, which is made in --data; hosts and browsers must be told to trust its tls/ca.crt.")
        {
            Shape = SettingShape.Switch,
        },
        new(TlsNames, "What this center is called by hosts and browsers beside this machine's own names and addresses, for the certificate of --tls.")
        {
            Shape = SettingShape.List, ValueName = "NAME", Check = Checks.Each(CenterNames.Problem),
        },
        new(TlsCert, "Serve HTTPS with this certificate chain (PEM): the center's own first, then those between it and the root. A renewed file is taken without a restart.") { ValueName = "FILE", Check = Checks.FileExists },
        new(TlsKey, "The private key of the certificate (PEM).") { ValueName = "FILE", Check = Checks.FileExists },
        new(TlsClientCa, "Let in only who shows a certificate that an authority in this file (PEM) signed (mutual TLS); read at the start. nerve-agent shows none: what stands between it and the center must.") { ValueName = "FILE", Check = Checks.FileExists },
        new(TrustedProxies, "Believe X-Forwarded-For and X-Forwarded-Proto of these proxies: addresses or networks, comma separated. Nobody's otherwise.")
        {
            Shape = SettingShape.List, ValueName = "CIDR", Check = Checks.Each(Server.Edge.TrustedProxies.Problem),
        },
        new(HeartbeatInterval, "How often agents say that they live, until an admin sets something else.")
        {
            Default = "30s", ValueName = "DURATION", Check = Checks.DurationBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        },
        new(SampleInterval, "How often agents take a sample of their metrics, until an admin sets something else.")
        {
            Default = "10s", ValueName = "DURATION", Check = Checks.DurationBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        },
        Retention(RetentionSamples, "How long samples are kept as they came.", "7d"),
        Retention(RetentionFiveMinutes, "How long their roll-ups of five minutes are kept.", "30d"),
        Retention(RetentionOneHour, "How long their roll-ups of an hour are kept.", "365d"),
        Retention(RetentionInventories, "How long inventories are kept; the newest of an agent always stays.", "30d"),
        Retention(RetentionOutput, "How long the output of runs is kept after their end.", "30d"),
        Retention(RetentionAudit, "How long the record of who did what is kept.", "400d"),
        new(Debug, "Verbose logs; accepts the enrolment token 'test' and unauthenticated reads from this machine. Never in production.")
        {
            Shape = SettingShape.Switch,
        },
    ];

    public static RetentionSettings Retain(Settings settings) => new()
    {
        Samples = settings.Duration(RetentionSamples),
        FiveMinutes = settings.Duration(RetentionFiveMinutes),
        OneHour = settings.Duration(RetentionOneHour),
        Inventories = settings.Duration(RetentionInventories),
        Output = settings.Duration(RetentionOutput),
        Audit = settings.Duration(RetentionAudit),
    };

    /// <exception cref="ConfigurationException">With every error there is.</exception>
    public static Settings Read(ParseResult commandLine)
    {
        var result = SettingsReader.Read(Table, commandLine, ProcessEnvironment.Variables());
        var settings = result.OrThrow();
        foreach (var warning in result.Warnings)
        {
            Console.Error.WriteLine("nerve-center: " + warning);
        }

        return (TlsProblem(settings) ?? StorageKinds.Problem(settings)) is { } problem ? throw new ConfigurationException(problem) : settings;
    }

    /// <summary>HTTPS is served.</summary>
    public static bool IsSecure(Settings settings) => settings.Switch(Tls) || settings.IsSet(TlsCert);

    private static string? TlsProblem(Settings settings) =>
        settings.IsSet(TlsCert) != settings.IsSet(TlsKey) ? $"{TlsCert} and {TlsKey} belong together: give both or neither"
        : settings.Switch(Tls) && settings.IsSet(TlsCert) ? $"{Tls} makes a certificate, and {TlsCert} names one: give one of them"
        : settings.IsSet(TlsNames) && !settings.Switch(Tls) ? $"{TlsNames} are for the certificate that {Tls} makes: give {Tls}, too, or leave them out"
        : settings.IsSet(TlsClientCa) && !IsSecure(settings) ? $"{TlsClientCa} asks for certificates, which only HTTPS can: give {TlsCert} and {TlsKey}, or {Tls}"
        : null;

    /// <summary>At least a day, for an agent that was cut off brings its samples late, and the rolling up must have seen them.</summary>
    private static Setting Retention(string key, string description, string otherwise) => new(key, description)
    {
        Default = otherwise,
        ValueName = "DURATION",
        Check = Checks.DurationBetween(TimeSpan.FromDays(1), TimeSpan.FromDays(3650)),
    };
}
