using System.CommandLine;
using System.Globalization;
using Nerve.Configuration;

namespace Nerve.Swarm;

/// <summary>What a run of the swarm is like. The same options and seed give the same agents, failures and order.</summary>
internal sealed record SwarmOptions
{
    public required IReadOnlyList<Uri> Servers { get; init; }
    public required string? Token { get; init; }
    public required int Agents { get; init; }
    public required TimeSpan Ramp { get; init; }

    /// <summary>Not yet measured: once all are connected, the programs at both ends are still being compiled.</summary>
    public required TimeSpan Settle { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Between an agent's heartbeats; null obeys the center. Zero sends the next as soon as one is acknowledged.</summary>
    public required TimeSpan? Interval { get; init; }

    /// <summary>How many values a sample has.</summary>
    public required int Values { get; init; }

    public required int Seed { get; init; }
    public required double FailShare { get; init; }
    public required double SlowShare { get; init; }
    public required double LeaveShare { get; init; }
    public required TimeSpan RunTime { get; init; }
    public required int OutputLines { get; init; }

    /// <summary>How long a run is silent before it writes all its lines; at the latest it writes them at its end.</summary>
    public required TimeSpan OutputAfter { get; init; }

    /// <summary>Lines a second that a run writes for as long as it takes; 0: all its lines at once.</summary>
    public required int OutputRate { get; init; }

    public required string? IdentityFile { get; init; }
    public required int? CenterPid { get; init; }
    /// <summary>Of a viewer; with it the swarm checks what became of what it was promised.</summary>
    public required string? ApiToken { get; init; }

    public required string? ReportFile { get; init; }
}

internal static class SwarmSettings
{
    private const string Server = "server";
    private const string Token = "token";
    private const string TokenFile = "token-file";
    private const string Agents = "agents";
    private const string Ramp = "ramp";
    private const string Settle = "settle";
    private const string Duration = "duration";
    private const string Interval = "interval";
    private const string Values = "values";
    private const string Seed = "seed";
    private const string FailShare = "fail-share";
    private const string SlowShare = "slow-share";
    private const string LeaveShare = "leave-share";
    private const string RunTime = "run-time";
    private const string OutputLines = "output-lines";
    private const string OutputAfter = "output-after";
    private const string OutputRate = "output-rate";
    private const string Identities = "identities";
    private const string CenterPid = "center-pid";
    private const string ApiToken = "api-token";
    private const string Report = "report";

    public static IReadOnlyList<Setting> Table { get; } =
    [
        new(Server, "The centers; agents are dealt to them in turn.")
        {
            Shape = SettingShape.List, Required = true, ValueName = "URL", Check = Checks.Each(Checks.Url("http", "https")),
        },
        new(Token, "Enrolment token; better in a file or NERVE_TOKEN.") { ValueName = "TOKEN", Secret = true },
        new(TokenFile, "File with the enrolment token.") { ValueName = "FILE", Check = Checks.FileExists },
        new(Agents, "How many agents.") { Default = "100", ValueName = "N", Check = Checks.Integer(1, 100_000) },
        new(Ramp, "Time over which they connect.") { Default = "10s", ValueName = "TIME", Check = Checks.Duration },
        new(Settle, "How long to wait, once all are connected, until measuring begins.") { Default = "0s", ValueName = "TIME", Check = Checks.Duration },
        new(Duration, "How long to go on then; 0s until interrupted.") { Default = "60s", ValueName = "TIME", Check = Checks.Duration },
        new(Interval, "Between heartbeats; as the center says when left out; 0s sends the next when one is acknowledged.")
        {
            ValueName = "TIME", Check = Checks.Duration,
        },
        new(Values, "Values in a sample.") { Default = "40", ValueName = "N", Check = Checks.Integer(1, 4000) },
        new(Seed, "Makes a run repeatable.") { Default = "1", ValueName = "N", Check = Checks.Integer(0, int.MaxValue) },
        new(FailShare, "Share of runs that fail, 0 to 1.") { Default = "0", ValueName = "SHARE", Check = Share },
        new(SlowShare, "Share of runs that take ten times as long, 0 to 1.") { Default = "0", ValueName = "SHARE", Check = Share },
        new(LeaveShare, "Share of agents that lose their link every minute, 0 to 1.") { Default = "0", ValueName = "SHARE", Check = Share },
        new(RunTime, "How long a run takes.") { Default = "100ms", ValueName = "TIME", Check = Checks.Duration },
        new(OutputLines, "Lines that a run writes.") { Default = "1", ValueName = "N", Check = Checks.Integer(0, 1_000_000) },
        new(OutputAfter, "How long a run is silent before it writes them, at most as long as it takes.") { Default = "0s", ValueName = "TIME", Check = Checks.Duration },
        new(OutputRate, "Lines a second that a run writes as long as it takes, instead of all at once; 0 for these.")
        {
            Default = "0", ValueName = "N", Check = Checks.Integer(0, 100_000),
        },
        new(Identities, "File that keeps the agents' credentials, so that the next run is the same fleet (0600).") { ValueName = "FILE" },
        new(CenterPid, "Measure CPU and memory of this process of this machine.") { ValueName = "PID", Check = Checks.Integer(1, int.MaxValue) },
        new(ApiToken, "API token of a viewer, better in NERVE_API_TOKEN: compare what was acknowledged with what the centers show, and watch for agents called offline wrongly.")
        {
            ValueName = "TOKEN", Secret = true,
        },
        new(Report, "Write the report there as JSON too.") { ValueName = "FILE" },
    ];

    public static SwarmOptions Read(ParseResult commandLine)
    {
        var settings = SettingsReader.Read(Table, commandLine, ProcessEnvironment.Variables()).OrThrow();
        return new SwarmOptions
        {
            Servers = [.. settings.List(Server).Select(url => new Uri(url))],
            Token = settings.Text(Token) ?? (settings.Text(TokenFile) is { } file ? File.ReadAllText(file).Trim() : null),
            Agents = settings.Integer(Agents),
            Ramp = settings.Duration(Ramp),
            Settle = settings.Duration(Settle),
            Duration = settings.Duration(Duration),
            Interval = settings.IsSet(Interval) ? settings.Duration(Interval) : null,
            Values = settings.Integer(Values),
            Seed = settings.Integer(Seed),
            FailShare = Number(FailShare),
            SlowShare = Number(SlowShare),
            LeaveShare = Number(LeaveShare),
            RunTime = settings.Duration(RunTime),
            OutputLines = settings.Integer(OutputLines),
            OutputAfter = settings.Duration(OutputAfter),
            OutputRate = settings.Integer(OutputRate),
            IdentityFile = settings.Text(Identities),
            CenterPid = settings.IsSet(CenterPid) ? settings.Integer(CenterPid) : null,
            ApiToken = settings.Text(ApiToken),
            ReportFile = settings.Text(Report),
        };

        double Number(string key) => double.Parse(settings.RequiredText(key), CultureInfo.InvariantCulture);
    }

    private static string? Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? null
            : "is not a share; write a number from 0 to 1";
}
