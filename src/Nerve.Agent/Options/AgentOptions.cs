using System.CommandLine;
using Nerve.Configuration;

namespace Nerve.Agent.Options;

/// <summary>What the agent was told, checked.</summary>
internal sealed record AgentOptions
{
    public required IReadOnlyList<Uri> Servers { get; init; }
    public required EnrolmentToken Token { get; init; }
    public required string State { get; init; }
    public required string Root { get; init; }
    public required TimeSpan Interval { get; init; }

    /// <summary>Between looks at the machine's parts.</summary>
    public required TimeSpan InventoryInterval { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public string? Cluster { get; init; }

    /// <summary>The host's policy where somebody named it, and then it must be there; null for the usual one.</summary>
    public string? Policy { get; init; }
    public bool Debug { get; init; }

    /// <summary>Things that work but deserve a line in the log.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <exception cref="ConfigurationException">Something cannot be used.</exception>
    public static AgentOptions Read(ParseResult commandLine, IReadOnlyDictionary<string, string> environment)
    {
        var result = SettingsReader.Read(AgentSettingsTable.All, commandLine, environment);
        var settings = result.OrThrow();
        return new AgentOptions
        {
            Servers = [.. settings.List("server").Select(server => new Uri(server))],
            Token = EnrolmentToken.From(settings),
            State = settings.RequiredText("state"),
            Root = settings.RequiredText("root"),
            Interval = settings.Duration("interval"),
            InventoryInterval = settings.Duration("inventory-interval"),
            Labels = settings.Labels("labels"),
            Cluster = settings.Text("cluster"),
            Policy = settings.IsSet("policy") ? Path.GetFullPath(settings.RequiredText("policy")) : null,
            Debug = settings.Switch("debug"),
            Warnings = [.. result.Warnings, .. Insecure(settings)],
        };
    }

    private static IEnumerable<string> Insecure(Settings settings)
    {
        if (settings.Origin("token") == "--token")
        {
            yield return "--token shows the enrolment token to everyone on this machine who can list processes; use --token-file or NERVE_TOKEN";
        }

        foreach (var server in settings.List("server").Where(server => new Uri(server) is { Scheme: "http", IsLoopback: false }))
        {
            yield return $"{server} is not encrypted: whoever is on the way can read and change what the center and this agent say; use https";
        }
    }
}
