using Nerve.Agent.Journal;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Turns an assignment into a program to start.</summary>
internal static class LaunchPlan
{
    private const string CommonPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <exception cref="LaunchException">The assignment cannot be carried out here.</exception>
    public static Launch For(RunAssignment assignment, RunFolder folder)
    {
        Check(assignment);
        var self = UserAccount.Current();
        var user = Resolve(assignment.User, self);
        var switchTo = user.UserId == self.UserId ? null : user;
        var line = assignment.Kind == TaskKind.Script
            ? ScriptLine(assignment, folder, switchTo)
            : [assignment.Command!, .. assignment.Args];
        return new Launch(line[0], line[1..], Environment(assignment, user), WorkingDirectory(assignment, user), switchTo);
    }

    // Through the interpreter, not by the file's execute bit: the state folder may be on a noexec file system.
    private static string[] ScriptLine(RunAssignment assignment, RunFolder folder, UserAccount? switchTo) =>
    [
        .. ScriptFile.Interpreter(assignment.Script!, assignment.Interpreter),
        ScriptFile.Write(folder, assignment.Script!, switchTo),
        .. assignment.Args,
    ];

    private static UserAccount Resolve(string? name, UserAccount self)
    {
        if (string.IsNullOrEmpty(name) || name == self.Name)
        {
            return self;
        }
        if (self.UserId != 0)
        {
            throw new LaunchException(
                $"Running as user '{name}' needs an agent that runs as root; this one runs as '{self.Name}'.");
        }
        return UserAccount.Find(name) ?? throw new LaunchException($"There is no user '{name}' on this host.");
    }

    private static Dictionary<string, string> Environment(RunAssignment assignment, UserAccount user)
    {
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = CommonPath,
            ["HOME"] = user.Home,
            ["USER"] = user.Name,
            ["LOGNAME"] = user.Name,
            ["SHELL"] = user.Shell.Length == 0 ? "/bin/sh" : user.Shell,
            ["LANG"] = "C.UTF-8",
            ["NERVE_TASK_ID"] = assignment.TaskId.ToString("D"),
        };
        foreach (var (name, value) in assignment.Env)
        {
            environment[name] = value;
        }
        foreach (var (name, value) in Secrets(assignment))
        {
            environment[name] = value;
        }
        // Not to be overridden: it finds the run's processes when their supervisor is gone.
        environment[RunMarker.Name] = RunMarker.Value(assignment.RunId);
        return environment;
    }

    private static string WorkingDirectory(RunAssignment assignment, UserAccount user) =>
        !string.IsNullOrEmpty(assignment.WorkingDirectory) ? assignment.WorkingDirectory
        : Directory.Exists(user.Home) ? user.Home
        : "/";

    private static IReadOnlyDictionary<string, string> Secrets(RunAssignment assignment) =>
        assignment.SecretEnv ?? new Dictionary<string, string>();

    private static void Check(RunAssignment assignment)
    {
        var secrets = Secrets(assignment);
        Require(assignment.TimeoutSeconds > 0, "The time limit must be at least one second.");
        if (assignment.Kind == TaskKind.Command)
        {
            Require(!string.IsNullOrEmpty(assignment.Command), "The task names no program to run.");
        }
        else
        {
            Require(assignment.Script is not null, "The task has no script.");
        }
        foreach (var name in assignment.Env.Keys.Concat(secrets.Keys))
        {
            Require(name.Length > 0 && !name.Contains('=', StringComparison.Ordinal), $"'{name}' cannot be the name of an environment variable.");
        }
        string?[] texts =
        [
            assignment.Command, assignment.Interpreter, assignment.User, assignment.WorkingDirectory,
            .. assignment.Args, .. assignment.Env.Keys, .. assignment.Env.Values, .. secrets.Keys, .. secrets.Values,
        ];
        Require(
            !texts.Any(text => text?.Contains('\0', StringComparison.Ordinal) == true),
            "The program, its arguments and its environment cannot hold NUL characters.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new LaunchException(message);
        }
    }
}
