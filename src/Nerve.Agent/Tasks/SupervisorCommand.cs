using System.Diagnostics;

namespace Nerve.Agent.Tasks;

/// <summary>How to start a supervisor: a program and arguments that the run's folder follows.</summary>
internal sealed record SupervisorCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>This very program.</summary>
    /// <param name="policy">The path of the host's policy, if it is not the usual one.</param>
    public static SupervisorCommand Own(string? policy) =>
        new(Environment.ProcessPath ?? "/proc/self/exe", policy is null ? ["supervise"] : ["supervise", "--policy", policy]);

    public Process Start(string runDirectory)
    {
        var start = new ProcessStartInfo(Program) { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in Arguments.Append(runDirectory))
        {
            start.ArgumentList.Add(argument);
        }
        // The agent's own settings, its enrolment token among them, are not for others.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("NERVE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
        return Process.Start(start)!;
    }
}
