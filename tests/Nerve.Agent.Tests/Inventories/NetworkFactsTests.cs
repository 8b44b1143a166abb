using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class NetworkFactsTests
{
    [Fact]
    public void Collect_DellServer_IsAsHwlocShowsIt()
    {
        var network = Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Network.ToDictionary(card => card.Name);

        Assert.Equal(("ethernet", "84:8f:69:fe:cc:40", "0000:02:00.0", 1000L, "up"), Of(network["eth0"]));
        Assert.Equal(("ethernet", "84:8f:69:fe:cc:41", "0000:02:00.3", null, "down"), Of(network["eth1"]));
        Assert.Equal(("infiniband", "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:f9:bf:a1", "0000:82:00.0", null, "up"), Of(network["ib0"]));
    }

    [Fact]
    public void Collect_NodeExporterTree_IsAsNodeExporterShowsIt()
    {
        var network = Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Network.ToDictionary(card => card.Name);

        Assert.Equal(["bond0", "dmz", "eth0", "int"], network.Keys);
        Assert.Equal(("ethernet", "01:01:01:01:01:01", null, 1000L, "up"), Of(network["eth0"]));
        Assert.Equal(("bond", "full", 1500), (network["bond0"].Type, network["bond0"].Duplex, network["bond0"].Mtu));
        Assert.Null(network["bond0"].SpeedMbps);
    }

    [Fact]
    public void Collect_VirtualInterfaces_AreToldApart()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "lo", "772");
        Interface(tree, "br0", "1").Write("/sys/class/net/br0/bridge/bridge_id", "");
        Interface(tree, "tap0", "1").Write("/sys/class/net/tap0/tun_flags", "0x1002\n").Link("/sys/class/net/tap0/master", "../br0");
        Interface(tree, "tun0", "65534").Write("/sys/class/net/tun0/tun_flags", "0x1001\n");
        Interface(tree, "eth0.7", "1").Write("/sys/class/net/eth0.7/uevent", "DEVTYPE=vlan\nINTERFACE=eth0.7\n");
        Interface(tree, "veth1a", "1").Write("/sys/class/net/veth1a/ifindex", "7\n").Write("/sys/class/net/veth1a/iflink", "6\n");
        Interface(tree, "wlp1s0", "1").Write("/sys/class/net/wlp1s0/uevent", "DEVTYPE=wlan\n");
        tree.Write("/sys/class/net/bonding_masters", "bond0\n");

        var network = Machines.Collect(tree.Root).Network;

        Assert.Equal(
            [("br0", "bridge"), ("eth0.7", "vlan"), ("lo", "loopback"), ("tap0", "tun"), ("tun0", "tun"), ("veth1a", "veth"), ("wlp1s0", "wifi")],
            network.Select(card => (card.Name, card.Type)));
        Assert.Equal("br0", network.Single(card => card.Name == "tap0").Master);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("4294967295")]
    [InlineData("65535")]
    [InlineData("0")]
    public void Collect_SpeedWithoutLink_IsUnknown(string speed)
    {
        using var tree = new TemporaryTree();
        Interface(tree, "eth0", "1").Write("/sys/class/net/eth0/speed", speed);

        Assert.Null(Assert.Single(Machines.Collect(tree.Root).Network).SpeedMbps);
    }

    [Fact]
    public void Collect_RecordedAddresses_FindTheirInterfaces()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "eth0", "1");
        Interface(tree, "lo", "772");
        tree.Write("/proc/net/fib_trie", """
            Main:
              +-- 0.0.0.0/0 3 0 5
                 +-- 127.0.0.0/8 2 0 2
                    |-- 127.0.0.1
                       /32 host LOCAL
                 +-- 192.168.8.0/22 2 0 2
                    |-- 192.168.8.0
                       /22 link UNICAST
                    |-- 192.168.9.17
                       /32 host LOCAL
                    |-- 192.168.11.255
                       /32 link BROADCAST
            """);
        tree.Write("/proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
            + "eth0\t00000000\t0108A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth0\t0008A8C0\t00000000\t0001\t0\t0\t0\t00FCFFFF\t0\t0\t0\n");
        tree.Write("/proc/net/if_inet6", "fe80000000000000021b21fffe6a0b0c 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n");

        var network = Machines.Collect(tree.Root).Network;

        Assert.Equal(["192.168.9.17/22", "fe80::21b:21ff:fe6a:b0c/64"], network[0].Addresses);
        Assert.Equal(["127.0.0.1/8", "::1/128"], network[1].Addresses);
    }

    private static TemporaryTree Interface(TemporaryTree tree, string name, string type) => tree.Write($"/sys/class/net/{name}/type", type + "\n");

    private static (string? Type, string? Mac, string? Pci, long? Speed, string? State) Of(NetworkInterfaceInfo card) =>
        (card.Type, card.Mac, card.PciAddress, card.SpeedMbps, card.State);
}
