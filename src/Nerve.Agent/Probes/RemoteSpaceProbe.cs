using Nerve.Agent.Linux;

namespace Nerve.Agent.Probes;

/// <summary>Asks filesystems that may never answer. Each has its thread, so a dead server costs the others nothing; what hangs, hangs in this
/// process and not in the agent.</summary>
internal sealed class RemoteSpaceProbe : IProbe
{
    private readonly SpaceProbe _spaces = new(TimeSpan.FromSeconds(1), FilesystemSpace.Of);

    public ProbeReply Answer(ProbeRequest request)
    {
        var mounts = (request.Names ?? []).Select(point => new Mount(point, "/", point, "nfs", point, ReadOnly: false));
        return new ProbeReply { Spaces = _spaces.Measure([.. mounts]), Stuck = _spaces.Stuck };
    }
}
