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
    [InlineData("telegraf-bond/sampleTestAB", "active-backup")]
    [InlineData("telegraf-bond/sampleTestLACP", "802.3ad")]
    public void Collect_Bond_IsAsTelegrafShowsIt(string name, string mode)
    {
        var bond = Assert.Single(Machines.Collect(Fixtures.Tree(name)).Network, card => card.Name == "bond0");
        var facts = Fixtures.Facts(name);

        Assert.Equal(("bond", mode, "up"), (bond.Type, bond.Bond!.Mode, bond.Bond.MiiStatus));
        Assert.Equal(facts.TryGetProperty("active_slave", out var active) ? active.GetString() : null, bond.Bond.ActiveSlave);
        Assert.Equal(
            facts.GetProperty("slaves").EnumerateObject().Select(slave => (slave.Name, slave.Value.GetProperty("up").GetBoolean() ? "up" : "down", (long?)slave.Value.GetProperty("failures").GetInt64())),
            bond.Bond.Slaves.Select(slave => (slave.Name, slave.MiiStatus!, slave.LinkFailures)));
    }

    [Fact]
    public void Collect_BondWithASplitAggregator_ShowsWhichSlaveCarriesNothing()
    {
        var bond = Assert.Single(Machines.Collect(Fixtures.Tree("facter-net/bond-8023ad")).Network).Bond!;
        var facts = Fixtures.Facts("facter-net/bond-8023ad");

        Assert.Equal(facts.GetProperty("slaves").EnumerateArray().Select(slave => slave.GetString()), bond.Slaves.Select(slave => slave.Name));
        Assert.Equal(facts.GetProperty("perm_hw").EnumerateArray().Select(mac => mac.GetString()), bond.Slaves.Select(slave => slave.PermanentMac));
        Assert.Equal(("802.3ad", "layer2", "fast", 1), (bond.Mode, bond.HashPolicy, bond.LacpRate, bond.AggregatorId));
        Assert.Equal([1, 2], bond.Slaves.Select(slave => slave.AggregatorId!.Value));
    }

    [Fact]
    public void Collect_BondInSysfsOnly_HasItsSlaves()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "bond0", "1").Write("/sys/class/net/bond0/bonding/mode", "802.3ad 4\n").Write("/sys/class/net/bond0/bonding/slaves", "eth0 eth1\n")
            .Write("/sys/class/net/bond0/bonding/xmit_hash_policy", "layer3+4 1\n").Write("/sys/class/net/bond0/bonding/lacp_rate", "fast 1\n");
        Interface(tree, "eth0", "1").Write("/sys/class/net/eth0/bonding_slave/mii_status", "up\n").Write("/sys/class/net/eth0/bonding_slave/link_failure_count", "3\n");
        Interface(tree, "eth1", "1");

        var bond = Machines.Collect(tree.Root).Network.Single(card => card.Name == "bond0").Bond!;

        Assert.Equal(("802.3ad", "layer3+4", "fast"), (bond.Mode, bond.HashPolicy, bond.LacpRate));
        Assert.Equal([new BondSlaveInfo("eth0", "up", 3, null, null), new BondSlaveInfo("eth1", null, null, null, null)], bond.Slaves);
    }

    [Fact]
    public void Collect_Vlan_HasItsNumberAndWhatItLiesOn()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "eth0.1015", "1").Write("/sys/class/net/eth0.1015/lower_eth0/mtu", "1500\n")
            .Write("/proc/net/vlan/config", "VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\neth0.1015      | 1015  | eth0\n");

        var vlan = Assert.Single(Machines.Collect(tree.Root).Network);

        Assert.Equal(1015, vlan.VlanId);
        Assert.Equal(["eth0"], vlan.Lower);
    }

    [Fact]
    public void Infiniband_DellServer_IsAsHwlocShowsIt()
    {
        var port = Assert.Single(Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Infiniband);

        Assert.Equal(("0002:c903:00f9:bfa0", "0002:c903:00f9:bfa3", "0002:c903:00f9:bfa1"), (port.Guid, port.SystemImageGuid, port.PortGuid));
        Assert.Equal((0x3a4, "0000:82:00.0"), (port.Lid, port.PciAddress));
        Assert.Equal(["ib0"], port.Interfaces);
    }

    [Fact]
    public void Infiniband_NodeExporterTree_CountsItsErrors()
    {
        var port = Machines.Collect(Fixtures.Tree(Metrics.NodeExporterOutput.Case)).Infiniband.Single(port => port is { Device: "mlx4_0", Port: 1 });

        Assert.Equal(Metrics.NodeExporterOutput.Value("node_infiniband_link_error_recovery_total{device=\"mlx4_0\",port=\"1\"}"), port.Errors["link_error_recovery"]);
        Assert.Equal(Metrics.NodeExporterOutput.Value("node_infiniband_port_transmit_discards_total{device=\"mlx4_0\",port=\"1\"}".Replace("transmit_discards", "discards_transmitted")), port.Errors["port_xmit_discards"]);
        Assert.Equal("4X QDR", port.Speed);
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
