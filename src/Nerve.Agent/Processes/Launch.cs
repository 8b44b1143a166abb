using Nerve.Agent.Cgroups;
using Nerve.Agent.Policies;

namespace Nerve.Agent.Processes;

/// <summary>A program about to be started.</summary>
/// <param name="Program">A path, or a name to look up in the environment's PATH.</param>
/// <param name="Arguments">Without the program's own name.</param>
/// <param name="Environment">All of it; nothing is inherited.</param>
/// <param name="WorkingDirectory">Entered as the user that the program runs as.</param>
/// <param name="SwitchTo">Another user to run it as, or null.</param>
internal sealed record Launch(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    UserAccount? SwitchTo)
{
    /// <summary>Lets the program start, by the path and the name it answers, or throws; null lets any.</summary>
    public ProgramGate? Gate { get; init; }

    /// <summary>Where it and all it starts are held together; null where the host has no such thing.</summary>
    public RunCgroup? Group { get; init; }
}

/// <summary>The program was not started. The message is for people and says what to do.</summary>
internal class LaunchException(string message) : Exception(message);
