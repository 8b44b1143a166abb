using System.Globalization;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Cgroups;

/// <summary>The control group (cgroup v2) in which all processes of one run are, however they hide, and which holds them to the run's limits.</summary>
internal sealed class RunCgroup
{
    // While the supervisor is inside to start the program, its own threads count.
    private const int Supervisors = 64;

    private readonly CgroupTree _tree;
    private readonly string _path;
    private readonly RunLimits? _limits;
    private string? _fault;
    private bool _stuck;

    private RunCgroup(CgroupTree tree, string path, RunLimits? limits) => (_tree, _path, _limits) = (tree, path, limits);

    /// <summary>Makes the group. Null where this host or this user cannot have one.</summary>
    /// <exception cref="LaunchException">It cannot hold the run to its limits.</exception>
    public static RunCgroup? TryMake(Guid runId, RunLimits limits)
    {
        var tree = CgroupTree.Find();
        if (tree?.TryPrepare() != true)
        {
            tree = null;
        }

        Require(limits.CpuPercent is not null, tree, "cpu");
        Require(limits.MemoryBytes is not null, tree, "memory");
        Require(limits.Processes is not null, tree, "pids");
        if (tree is null || !TryMakeFolder(tree.Of(runId)))
        {
            return IsAny(limits) ? throw Impossible("groups") : null;
        }

        return new RunCgroup(tree, tree.Of(runId), limits);
    }

    /// <summary>The group of a run whose supervisor is gone; null if it has none.</summary>
    public static RunCgroup? Find(Guid runId) =>
        CgroupTree.Find() is { } tree && Directory.Exists(tree.Of(runId)) ? new RunCgroup(tree, tree.Of(runId), null) : null;

    /// <summary>Moves this process into the group, so that what it starts is born there. A run without limits does without where that fails.</summary>
    /// <exception cref="LaunchException">The run cannot be held to its limits.</exception>
    public void Enter()
    {
        var isInside = TryLimit(_limits?.CpuPercent * 1000L, "cpu.max", " 100000")
            && TryLimit(_limits?.Processes + Supervisors, "pids.max")
            && CgroupTree.TryWrite(_path, "cgroup.procs", "0");
        if (!isInside && IsAny(_limits))
        {
            throw Impossible("this run");
        }
    }

    /// <summary>Moves this process back out, and holds what it started to the run's limits.</summary>
    public void Leave()
    {
        // Where it must stay, it would die with the run, unseen: then nothing is killed by group.
        _stuck = !CgroupTree.TryWrite(_tree.Own, "cgroup.procs", "0");
        if (_limits?.MemoryBytes is not null && !_stuck)
        {
            _ = CgroupTree.TryWrite(_path, "memory.swap.max", "0");
            _ = CgroupTree.TryWrite(_path, "memory.oom.group", "1");
        }

        if (!TryLimit(_limits?.Processes, "pids.max") || !TryLimit(_limits?.MemoryBytes, "memory.max"))
        {
            _fault = "It was killed: this host could not hold it to its limits.";
            Kill();
        }
    }

    /// <summary>Kills everything inside.</summary>
    public void Kill()
    {
        if (!_stuck && !CgroupTree.TryWrite(_path, "cgroup.kill", "1"))
        {
            // Linux before 5.14: what is frozen can be killed, and cannot fork.
            _ = CgroupTree.TryWrite(_path, "cgroup.freeze", "1");
            ProcessTable.Signal(Processes(), Signals.Kill);
        }
    }

    public bool IsEmpty => _stuck || !CgroupTree.Read(Path.Combine(_path, "cgroup.events")).Contains("populated 1", StringComparison.Ordinal);

    public IReadOnlyList<int> Processes()
    {
        var pids = new List<int>();
        foreach (var line in CgroupTree.Read(Path.Combine(_path, "cgroup.procs")).Split('\n'))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                pids.Add(pid);
            }
        }

        return pids;
    }

    /// <summary>Which limit the run ran into, as a sentence; null if into none.</summary>
    public string? LimitReached() =>
        _fault is not null ? _fault
        : Events("memory.events", "oom_kill") > 0
            ? _limits?.MemoryBytes is { } bytes
                ? $"It was killed for memory: its processes together needed more than their limit of {bytes} bytes."
                : "The host had no memory left and killed processes of it."
        : _limits?.Processes is { } processes && Events("pids.events", "max") > 0
            ? $"It could not start all of its processes: {processes} at a time are its limit."
        : null;

    /// <summary>Of no use where processes are left in it; then it stays until they have ended.</summary>
    public void Remove() => _ = TryRemove(_path);

    internal static bool TryRemove(string path)
    {
        try
        {
            Directory.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsAny(RunLimits? limits) => (limits?.CpuPercent ?? limits?.MemoryBytes ?? limits?.Processes) is not null;

    private static void Require(bool wanted, CgroupTree? tree, string controller)
    {
        if (wanted && tree?.Limits(controller) != true)
        {
            throw Impossible(controller);
        }
    }

    private static LaunchException Impossible(string what) => new(
        $"This host cannot hold a run to limits: the agent cannot use cgroup v2 for {what} here. 'nerve-agent doctor' says more; without limits the task can run.");

    private static bool TryMakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool TryLimit(long? value, string file, string after = "") =>
        value is not { } number || CgroupTree.TryWrite(_path, file, string.Create(CultureInfo.InvariantCulture, $"{number}{after}"));

    private long Events(string file, string name)
    {
        foreach (var line in CgroupTree.Read(Path.Combine(_path, file)).Split('\n'))
        {
            if (line.StartsWith(name + " ", StringComparison.Ordinal)
                && long.TryParse(line.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                return count;
            }
        }

        return 0;
    }
}
