using System.Text.Json;
using CsCheck;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

public class MountTableTests
{
    [Fact]
    public void Parse_WorkstationOfFindmnt_KeepsWhatHoldsFiles()
    {
        var table = File.ReadAllText(Path.Combine(Fixtures.FolderOf("util-linux-mounts/mountinfo"), "findmnt", "mountinfo"));

        Assert.Equal(
            [("/", "/dev/sda4", "ext3"), ("/boot", "/dev/sda6", "ext3"), ("/home/kzak", "/dev/mapper/kzak-home", "ext4"), ("/mnt/sounds", "//foo.home/bar/", "cifs")],
            MountTable.Parse("/proc/self/mountinfo", table).Select(mount => (mount.MountPoint, mount.Device, mount.Type)));
    }

    [Theory]
    [InlineData("util-linux-lsblk/simple-lvm")]
    [InlineData("util-linux-lsblk/simple-nvme")]
    public void Parse_CapturedMachine_HasTheMountPointsOfLsblk(string name)
    {
        var root = Fixtures.Tree(name);
        using var lsblk = JsonDocument.Parse(Fixtures.Text(name, "oracle-lsblk-2.38.1.json"));
        var expected = lsblk.RootElement.GetProperty("blockdevices").EnumerateArray()
            .SelectMany(disk => disk.TryGetProperty("children", out var parts) ? parts.EnumerateArray() : default)
            .Select(part => part.GetProperty("mountpoint").GetString())
            .OfType<string>()
            .Where(point => point != "[SWAP]");

        var source = MountTable.Source(root)!;
        Assert.Equal(expected.Order(), MountTable.Parse(source, root.ReadText(source)!).Select(mount => mount.MountPoint).Order());
    }

    [Fact]
    public void Parse_SeveralMountsOfOneFilesystem_KeepsTheWholeOne()
    {
        const string Table = """
            40 1 8:1 /var/lib/kubelet /a rw - ext4 /dev/sda1 rw
            41 1 8:1 / /data rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw
            42 1 8:1 / /data/again rw - ext4 /dev/sda1 rw
            43 1 0:50 /root / rw - btrfs /dev/sdb1 rw,subvol=/root
            44 1 0:50 /home /home rw - btrfs /dev/sdb1 rw,subvol=/home
            """;

        Assert.Equal(["/", "/data"], MountTable.Parse("mountinfo", Table).Select(mount => mount.MountPoint));
    }

    /// <summary>The path of a pod's volume is gone with the pod.</summary>
    [Fact]
    public void Parse_VolumeOfAPodAndAPlaceThatStays_KeepsThePlaceThatStays()
    {
        const string Table = """
            40 1 8:16 / /var/lib/kubelet/pods/0c9b7f3e-5c1a-4c55-9c0b-0d8a4d1f7a11/volumes/kubernetes.io~csi/pvc-1/mount rw - ext4 /dev/rbd0 rw
            41 1 8:16 / /var/lib/kubelet/plugins/kubernetes.io/csi/rbd.csi.ceph.com/7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069/globalmount rw - ext4 /dev/rbd0 rw
            """;

        Assert.EndsWith("/globalmount", Assert.Single(MountTable.Parse("mountinfo", Table)).MountPoint);
    }

    [Theory]
    [InlineData("/var/lib/kubelet/pods/0c9b7f3e-5c1a-4c55-9c0b-0d8a4d1f7a11/volumes/kubernetes.io~nfs/models", true)]
    [InlineData("/var/snap/microk8s/common/var/lib/kubelet/pods/0c9b7f3e5c1a4c559c0b0d8a4d1f7a11/volume-subpaths/a/b/0", true)]
    [InlineData("/var/lib/docker/zfs/graph/7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069", true)]
    [InlineData("/run/containerd/io.containerd.runtime.v2.task/k8s.io/7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069/rootfs", true)]
    [InlineData("/var/lib/docker", false)]
    [InlineData("/var/lib/containerd", false)]
    [InlineData("/var/lib/docker/volumes/models/_data", false)]
    [InlineData("/var/lib/kubelet/pods", false)]
    [InlineData("/data/7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069", false)]
    public void IsPassing_Place_TellsThoseOfPodsAndContainers(string mountPoint, bool expected) =>
        Assert.Equal(expected, new Mount("8:1", "/", mountPoint, "ext4", "/dev/sda1", ReadOnly: false).IsPassing);

    [Fact]
    public void Parse_MountedOver_KeepsTheLater()
    {
        const string Table = """
            40 1 8:1 / /data rw - ext4 /dev/sda1 rw
            41 40 8:2 / /data ro - xfs /dev/sda2 rw
            """;

        var mount = Assert.Single(MountTable.Parse("mountinfo", Table));
        Assert.Equal(("/dev/sda2", true), (mount.Device, mount.ReadOnly));
    }

    [Theory]
    [InlineData("overlay", "/", true)]
    [InlineData("overlay", "/var/lib/docker/overlay2/x/merged", false)]
    [InlineData("squashfs", "/snap/core/1", false)]
    [InlineData("tmpfs", "/run", false)]
    [InlineData("nfs4", "/home", true)]
    [InlineData("fuse.s3fs", "/bucket", true)]
    [InlineData("zfs", "/tank", true)]
    [InlineData("notyetknownfs", "/new", true)]
    public void IsReal_Type_TellsPlacesForFiles(string type, string mountPoint, bool expected) =>
        Assert.Equal(expected, FilesystemTypes.IsReal(type, mountPoint));

    [Theory]
    [InlineData("/mnt/my\\040disk", "/mnt/my disk")]
    [InlineData("/tab\\011and\\134slash", "/tab\tand\\slash")]
    [InlineData("/grün\\040😀", "/grün 😀")]
    [InlineData("/bytes\\303\\274", "/bytesü")]
    [InlineData("/no\\9escape\\04", "/no\\9escape\\04")]
    public void Unescape_Octal_IsUndone(string field, string expected) => Assert.Equal(expected, MountInfo.Unescape(field));

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Gen.OneOf(Gen.String, Gen.Char[" -/\n0:ar"].Array.Select(letters => new string(letters))).Sample(text =>
            MountTable.Parse("mountinfo", text).Count >= 0 && MountTable.Parse("mounts", text).Count >= 0);
}
