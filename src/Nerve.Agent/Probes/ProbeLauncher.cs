using System.Diagnostics;

namespace Nerve.Agent.Probes;

/// <summary>How to start a probe: this very program, with arguments that the probe's name follows.</summary>
/// <param name="Environment">What the probe gets beside the agent's own environment.</param>
internal sealed record ProbeLauncher(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    // A probe is small: it collects its garbage after every half megabyte (both numbers are hexadecimal), and gives back what it does not need.
    private static readonly Dictionary<string, string> s_frugal = new(StringComparer.Ordinal)
    {
        ["DOTNET_GCGen0MaxBudget"] = "80000",
        ["DOTNET_GCConserveMemory"] = "9",
    };

    public static ProbeLauncher Own { get; } = new(OwnProgram(), ["probe"], new Dictionary<string, string>());

    public Process Start(string probe)
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in Arguments.Append(probe))
        {
            start.ArgumentList.Add(argument);
        }

        // The agent's own settings, its enrolment token among them, are not for others.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("NERVE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in s_frugal.Concat(Environment))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    // Inside another program, as in a test, the agent lies beside it.
    private static string OwnProgram() =>
        System.Environment.ProcessPath is { } path && Path.GetFileName(path).StartsWith("nerve-agent", StringComparison.Ordinal)
            ? path
            : Path.Combine(AppContext.BaseDirectory, "nerve-agent");
}
