using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

public class HostRootTests
{
    [Fact]
    public void ReadLine_AbsoluteLink_StaysInTheTree()
    {
        using var tree = new TemporaryTree();
        tree.Write("/usr/lib/os-release", "ID=inside\n").Link("/etc/os-release", "/usr/lib/os-release");

        Assert.Equal("ID=inside", tree.Root.ReadLine("/etc/os-release"));
    }

    [Theory]
    [InlineData("../../../../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    public void ReadText_LinkLeadingOut_FindsNothing(string target)
    {
        using var tree = new TemporaryTree();
        tree.Link("/proc/secret", target);

        Assert.Null(tree.Root.ReadText("/proc/secret"));
        Assert.False(tree.Root.Exists("/proc/secret"));
    }

    [Fact]
    public void ReadText_LinksInACircle_FindsNothing()
    {
        using var tree = new TemporaryTree();
        tree.Link("/a", "/b").Link("/b", "/a");

        Assert.Null(tree.Root.ReadText("/a"));
        Assert.Null(tree.Root.Resolve("/a"));
    }

    [Fact]
    public void Resolve_RelativeLinks_GivesTheDevicePath()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/devices/pci0000:00/0000:00:03.0/net/eth0/mtu", "1500\n")
            .Link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0")
            .Link("/sys/devices/pci0000:00/0000:00:03.0/net/eth0/device", "../../../0000:00:03.0");

        Assert.Equal("/sys/devices/pci0000:00/0000:00:03.0/net/eth0", tree.Root.Resolve("/sys/class/net/eth0"));
        Assert.Equal("/sys/devices/pci0000:00/0000:00:03.0", tree.Root.Resolve("/sys/class/net/eth0/device"));
        Assert.Equal("0000:00:03.0", tree.Root.LinkName("/sys/class/net/eth0/device"));
    }

    /// <summary>One after the other, since what was found on the way to the last helps on the way to the next.</summary>
    [Fact]
    public void ReadLine_PlacesNearbyThroughLinks_FindsEach()
    {
        using var tree = new TemporaryTree();
        tree.Write("/devices/card0/one/name", "first\n").Write("/devices/card0/two/name", "second\n").Write("/devices/two/name", "above\n")
            .Link("/class/card", "../devices/card0").Link("/class/two", "card/two");

        string?[] read = [.. new[] { "/class/card/one/name", "/class/card/two/name", "/class/two/name", "/class/card/../two/name", "/class/card/three/name" }
            .Select(tree.Root.ReadLine)];

        Assert.Equal(["first", "second", "second", "above", null], read);
    }

    [Fact]
    public void ReadText_LargerThanTheLimit_Refuses()
    {
        using var tree = new TemporaryTree();
        tree.Write("/large", new string('x', 5000));

        Assert.Equal(5000, tree.Root.ReadText("/large", limit: 5000)!.Length);
        Assert.Throws<InvalidDataException>(() => tree.Root.ReadText("/large", limit: 4999));
    }

    [Fact]
    public void ReadLine_EmptyMissingOrDirectory_IsNull()
    {
        using var tree = new TemporaryTree();
        tree.Write("/empty", " \n").Write("/directory/file", "x");

        Assert.Null(tree.Root.ReadLine("/empty"));
        Assert.Null(tree.Root.ReadLine("/missing"));
        Assert.Null(tree.Root.ReadLine("/directory"));
    }

    [Fact]
    public void List_NumberedNames_CountsAsPeopleDo()
    {
        using var tree = new TemporaryTree();
        tree.Write("/d/eth10", "").Write("/d/eth2", "").Write("/d/bond0", "").Write("/d/eth02", "");

        Assert.Equal(["bond0", "eth02", "eth2", "eth10"], tree.Root.List("/d"));
        Assert.Empty(tree.Root.List("/missing"));
    }

    [Fact]
    public void Constructor_Slash_IsTheLiveMachine()
    {
        Assert.True(new HostRoot("/").IsLive);
        Assert.False(new HostRoot("/tmp").IsLive);
        Assert.NotNull(new HostRoot("/").ReadLine("/proc/sys/kernel/ostype"));
    }
}
