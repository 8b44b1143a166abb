using System.Text;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Cgroups;

/// <summary>Where this host's cgroup v2 hierarchy is, and where in it runs have theirs.</summary>
/// <remarks>
/// <para>Beside the agent where its service manager delegated a subtree to it (systemd: <c>Delegate=yes</c> and
/// <c>DelegateSubgroup=agent</c>), else in <c>nerve-agent</c> at the top, as container engines without systemd do it.</para>
/// <para>Supervisors stay where they are: what happens to a run's group does not happen to them.</para>
/// </remarks>
internal sealed class CgroupTree
{
    /// <summary>The last part of the agent's own group where the one above is delegated to it.</summary>
    private const string Subgroup = "agent";

    // Of each 10000 shares that are wanted at once; what has not been told otherwise has 100.
    private const string LowWeight = "10";

    private static readonly string[] s_wanted = ["cpu", "io", "memory", "pids"];

    private CgroupTree(string own, string runs, string above) => (Own, Runs, _above) = (own, runs, above);

    private readonly string _above;

    /// <summary>The folder of the group in which this process is.</summary>
    public string Own { get; }

    /// <summary>The folder in which each run has a group.</summary>
    public string Runs { get; }

    /// <summary>Null where there is no cgroup v2.</summary>
    public static CgroupTree? Find() => Find(Read("/proc/self/mountinfo"), Read("/proc/self/cgroup"));

    internal static CgroupTree? Find(string mounts, string groups)
    {
        Mount? mount = null;
        foreach (var one in MountInfo.Parse(mounts))
        {
            mount = one.Type == "cgroup2" ? one : mount;
        }

        var path = "";
        foreach (var line in groups.Split('\n'))
        {
            path = line.StartsWith("0::/", StringComparison.Ordinal) ? line[3..] : path;
        }

        if (mount is null || path.Length == 0)
        {
            return null;
        }

        var own = mount.MountPoint + path.TrimEnd('/');
        return path.EndsWith("/" + Subgroup, StringComparison.Ordinal)
            ? new CgroupTree(own, Path.GetDirectoryName(own)!, "")
            : new CgroupTree(own, mount.MountPoint + "/nerve-agent", mount.MountPoint);
    }

    /// <summary>Makes it ready for runs.</summary>
    /// <returns>Whether groups can be made in it.</returns>
    public bool TryPrepare()
    {
        try
        {
            if (_above.Length > 0)
            {
                Enable(_above);
                Directory.CreateDirectory(Runs);
                _ = TryWrite(Runs, "cpu.weight", LowWeight);
                _ = TryWrite(Runs, "io.weight", LowWeight);
            }

            Enable(Runs);
            return File.Exists(Path.Combine(Runs, "cgroup.procs"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether runs can be held to limits of this kind: <c>cpu</c>, <c>memory</c>, <c>pids</c>.</summary>
    public bool Limits(string controller) => Read(Path.Combine(Runs, "cgroup.subtree_control")).Split(' ', '\n').Contains(controller);

    public string Of(Guid runId) => Path.Combine(Runs, $"run-{runId:D}");

    /// <summary>Removes the groups of runs that have ended and left processes behind, once those have ended, too.</summary>
    /// <param name="before">Only those that are older.</param>
    public void Tidy(DateTime before)
    {
        try
        {
            foreach (var group in Directory.EnumerateDirectories(Runs, "run-*"))
            {
                if (Directory.GetLastWriteTimeUtc(group) < before)
                {
                    _ = RunCgroup.TryRemove(group);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No group was ever made, or the host has none.
        }
    }

    // One at a time: one that the kernel does not have, or that the host keeps in cgroup v1, must not stop the others.
    private static void Enable(string group)
    {
        foreach (var controller in s_wanted)
        {
            _ = TryWrite(group, "cgroup.subtree_control", "+" + controller);
        }
    }

    internal static bool TryWrite(string group, string file, string text)
    {
        try
        {
            // Opened as it is: the kernel's files are neither made nor emptied.
            using var handle = File.OpenHandle(Path.Combine(group, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(text), 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Empty where it cannot be read.</summary>
    internal static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
