using Nerve.Agent.Linux;

namespace Nerve.Agent.Probes;

/// <summary>The space of filesystems: local ones are asked here, those that other machines or programs serve in a probe, because a thread that
/// waits for a dead server can neither be stopped nor let its process end.</summary>
internal sealed class FilesystemSpaces(SpaceProbe local, Probe? remote)
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);

    private IReadOnlyList<string> _stuck = [];

    public FilesystemSpaces(Probe? remote = null)
        : this(new SpaceProbe(), remote)
    {
    }

    /// <summary>Those that have not answered.</summary>
    public IReadOnlyList<string> Stuck => [.. local.Stuck, .. _stuck];

    /// <summary>The answers by mount point, without those that did not come in time or not at all.</summary>
    public IReadOnlyDictionary<string, FilesystemSpace> Measure(IReadOnlyList<Mount> mounts)
    {
        if (remote is null || !mounts.Any(mount => mount.IsRemote))
        {
            return local.Measure(mounts);
        }

        var points = mounts.Where(mount => mount.IsRemote).Select(mount => mount.MountPoint).ToList();
        var answers = new Dictionary<string, FilesystemSpace>(local.Measure([.. mounts.Where(mount => !mount.IsRemote)]));
        if (remote.Ask(new ProbeRequest(ProbeAsk.Sample, Names: points), s_wait) is { } reply)
        {
            _stuck = reply.Stuck;
            foreach (var (point, space) in reply.Spaces)
            {
                answers[point] = space;
            }
        }
        else
        {
            _stuck = remote.IsWanted ? points : [];
        }

        return answers;
    }

    /// <summary>Starts what <see cref="Measure"/> asks, if anything here needs it.</summary>
    public void Prepare(IReadOnlyList<Mount> mounts)
    {
        if (mounts.Any(mount => mount.IsRemote))
        {
            remote?.Want();
        }
    }
}
