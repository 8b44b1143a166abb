using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Policies;

/// <summary>Holds a task against the host's policy, just before it would start.</summary>
internal sealed class PolicyCheck(PolicyFile file)
{
    private readonly PolicyReading _reading = file.Read();

    /// <summary>What to ask before a program is started; null where any may.</summary>
    public ProgramGate? Gate => _reading.Policy?.Commands is { } rules ? new ProgramGate(rules, Refuse) : null;

    /// <summary>Whether limits that are kept here are the owner's wish, not only the task's.</summary>
    public bool Limits => _reading.Policy is { } policy && (policy.CpuPercent ?? policy.MemoryBytes ?? policy.Processes) is not null;

    /// <param name="assignment">What is to be done.</param>
    /// <param name="minuteOfWeek">In the host's time, since the midnight in which Sunday began.</param>
    /// <exception cref="RefusedException">It may not be done.</exception>
    public void Admit(RunAssignment assignment, int minuteOfWeek)
    {
        if (_reading.Errors is [var first, ..])
        {
            throw Refuse($"it cannot be used, and so allows nothing: {first}");
        }

        if (_reading.Policy is { } policy)
        {
            Admit(policy, assignment);
            Require(policy.Windows is null || Contains(policy.Windows, minuteOfWeek),
                $"windows: tasks may not begin at this time ({TimeWindow.Moment(minuteOfWeek)} on this host).");
        }
    }

    /// <summary>The lower of the task's and the owner's.</summary>
    public RunLimits Limit(RunLimits? asked)
    {
        var policy = _reading.Policy;
        return new RunLimits(
            (int?)Lower(asked?.CpuPercent, policy?.CpuPercent),
            Lower(asked?.MemoryBytes, policy?.MemoryBytes),
            (int?)Lower(asked?.Processes, policy?.Processes));
    }

    public RefusedException Refuse(string rule) => new(file.Path, rule);

    private void Admit(HostPolicy policy, RunAssignment assignment)
    {
        Require(!policy.ReadOnly, "read-only: this host takes no tasks.");
        var kind = assignment.Kind == TaskKind.Script ? "script" : "command";
        Require(policy.Kinds?.Contains(kind) != false, $"kinds: '{kind}' is not among them.");
        var user = string.IsNullOrEmpty(assignment.User) ? UserAccount.Current().Name : assignment.User;
        Require(policy.Users?.Contains(user) != false, $"users: it would run as '{user}', who is not among them.");
        foreach (var name in assignment.Env.Keys)
        {
            AdmitVariable(policy, name);
        }

        foreach (var name in assignment.SecretEnv?.Keys ?? [])
        {
            AdmitVariable(policy, name);
        }

        Require(!(policy.Seconds < assignment.TimeoutSeconds),
            $"limits: seconds: its time limit is {assignment.TimeoutSeconds} s, at most {policy.Seconds} s are allowed.");
    }

    // A variable such as LD_PRELOAD makes any program another one.
    private void AdmitVariable(HostPolicy policy, string name)
    {
        if (policy.Env is null)
        {
            Require(policy.Commands is null, $"commands: where programs are listed, tasks set only variables that are listed under env; '{name}' is not.");
            return;
        }

        foreach (var allowed in policy.Env)
        {
            if (allowed.EndsWith('*') ? name.StartsWith(allowed[..^1], StringComparison.Ordinal) : name == allowed)
            {
                return;
            }
        }

        throw Refuse($"env: the variable '{name}' is not among them.");
    }

    private void Require(bool allowed, string rule)
    {
        if (!allowed)
        {
            throw Refuse(rule);
        }
    }

    private static bool Contains(IReadOnlyList<TimeWindow> windows, int minuteOfWeek)
    {
        foreach (var window in windows)
        {
            if (window.Contains(minuteOfWeek))
            {
                return true;
            }
        }

        return false;
    }

    private static long? Lower(long? one, long? other) => one is null || other < one ? other ?? one : one;
}
