namespace Nerve.Agent.Linux;

/// <summary>What the kernel mounts that is not a place for files.</summary>
internal static class FilesystemTypes
{
    // Kept as a list of what to leave out: a new real filesystem must show up without a new agent.
    private static readonly HashSet<string> s_pseudo = new(StringComparer.Ordinal)
    {
        "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "cpuset", "debugfs", "devfs", "devpts", "devtmpfs",
        "ecryptfs", "efivarfs", "erofs", "fusectl", "functionfs", "hugetlbfs", "ipathfs", "iso9660", "mqueue", "none", "nfsd", "nsfs",
        "pipefs", "proc", "pstore", "ramfs", "resctrl", "rootfs", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sockfs",
        "spufs", "squashfs", "sysfs", "tmpfs", "tracefs", "usbdevfs", "usbfs", "xenfs",
    };

    private static readonly HashSet<string> s_remote = new(StringComparer.Ordinal)
    {
        "9p", "acfs", "afs", "beegfs", "beegfs_nodev", "ceph", "cifs", "coda", "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "mmfs",
        "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "smb3", "smbfs", "wekafs", "virtiofs",
    };

    // FUSE is a protocol, not a filesystem: these are desktop helpers, the rest may be S3, Gluster or a whole data lake.
    private static readonly HashSet<string> s_fuseHelpers = new(StringComparer.Ordinal)
    {
        "fuse.gvfsd-fuse", "fuse.gvfs-fuse-daemon", "fuse.portal", "fuse.lxcfs", "fuse.snapfuse", "fuse.squashfuse", "fuse.sysbox-fs",
    };

    public static bool IsRemote(string type) => s_remote.Contains(type) || type.StartsWith("fuse", StringComparison.Ordinal);

    /// <summary>Whether it holds files that can fill up. An overlay does only as the root of a container.</summary>
    public static bool IsReal(string type, string mountPoint) =>
        type is "overlay" or "overlayfs" or "aufs" or "fuse.fuse-overlayfs"
            ? mountPoint == "/"
            : !s_pseudo.Contains(type) && !s_fuseHelpers.Contains(type);
}
