namespace Nerve.Agent.Linux;

/// <summary>One mounted filesystem.</summary>
/// <param name="Id">What tells filesystems apart: <c>major:minor</c>, or the device where only <c>/proc/mounts</c> is there.</param>
/// <param name="Root">The directory of the filesystem that is mounted: <c>/</c>, unless it is a bind mount or a subvolume.</param>
internal sealed record Mount(string Id, string Root, string MountPoint, string Type, string Device, bool ReadOnly)
{
    /// <summary>Whether asking it may wait for another machine.</summary>
    public bool IsRemote => FilesystemTypes.IsRemote(Type);

    /// <summary>Whether its place is a pod's or a container's, and gone with it for ever.</summary>
    public bool IsPassing => PassingPlaces.Contain(MountPoint);
}
