namespace Nerve.Agent.Tests.Fuzzing;

/// <summary>A small machine that has one of everything the agent reads.</summary>
internal static class FuzzedMachine
{
    private const string Pci = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";

    private static readonly (string Path, string Text)[] s_files =
    [
        ("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Intel(R) Xeon(R) Platinum 8480+ @ 2.00GHz\nstepping\t: 8\nmicrocode\t: 0x2b0004d0\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: fpu lm vmx\naddress sizes\t: 52 bits physical, 57 bits virtual\n\n"),
        ("/proc/stat", "cpu  100 0 50 800 10 0 0 0 0 0\ncpu0 100 0 50 800 10 0 0 0 0 0\nctxt 12345\nbtime 1764000000\nprocesses 99\nprocs_blocked 1\n"),
        ("/proc/meminfo", "MemTotal:       1056400000 kB\nMemFree:  5 kB\nMemAvailable: 900000000 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\nHugePages_Total: 4\nHugePages_Free: 2\nHugepagesize: 2048 kB\n"),
        ("/proc/vmstat", "pgmajfault 5\noom_kill 0\npswpin 1\npswpout 2\n"),
        ("/proc/loadavg", "0.21 0.37 0.39 1/719 19737\n"),
        ("/proc/uptime", "80000.12 70000.00\n"),
        ("/proc/diskstats", " 8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n 259 0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 0 0 0 0\n"),
        ("/proc/mdstat", "Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n      5909504 blocks super 1.2 [2/1] [U_]\n      [==>....]  recovery = 12.6% (1/2) finish=1.0min speed=1K/sec\n\nunused devices: <none>\n"),
        ("/proc/1/mountinfo", "20 1 8:4 / / rw,noatime shared:1 - ext4 /dev/sda4 rw,errors=continue\n21 20 0:40 / /mnt/a\\040b rw - nfs4 host:/x rw\n"),
        ("/proc/1/net/dev", "Inter-| Receive | Transmit\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n bond0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
        ("/proc/1/net/snmp", "Tcp: CurrEstab OutSegs RetransSegs EstabResets\nTcp: 1 2 3 4\nUdp: InDatagrams InErrors\nUdp: 1 2\n"),
        ("/proc/1/net/netstat", "TcpExt: ListenDrops\nTcpExt: 7\n"),
        ("/proc/1/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nbond0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"),
        ("/proc/1/net/fib_trie", "Main:\n  |-- 192.168.0.5\n     /32 host LOCAL\n"),
        ("/proc/1/net/if_inet6", "fe80000000000000021b21fffe6a0b0c 02 40 20 80     eth0\n"),
        ("/proc/1/net/vlan/config", "VLAN Dev name | VLAN ID\nName-Type: X\neth0.7 | 7 | eth0\n"),
        ("/proc/1/net/bonding/bond0", "Ethernet Channel Bonding Driver: v5\n\nBonding Mode: IEEE 802.3ad Dynamic link aggregation\nMII Status: up\n\nSlave Interface: eth0\nMII Status: up\nLink Failure Count: 1\nPermanent HW addr: 3c:ec:ef:5e:71:58\nAggregator ID: 2\n"),
        ("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n"),
        ("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"),
        ("/proc/sys/fs/file-nr", "1024\t0\t1631329\n"),
        ("/proc/sys/net/netfilter/nf_conntrack_max", "65536\n"),
        ("/proc/sys/net/netfilter/nf_conntrack_count", "123\n"),
        ("/proc/sys/kernel/hostname", "node\n"),
        ("/proc/sys/kernel/osrelease", "6.8.0\n"),
        ("/proc/sysinfo", "VM00 Control Program: KVM/Linux\n"),
        ("/etc/os-release", "ID=ubuntu\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\nVERSION_ID=\"24.04\"\n"),
        ("/etc/chrony/chrony.conf", "pool ntp.ubuntu.com iburst\n"),
        ("/run/chrony/chronyd.pid", "1\n"),
        ("/run/udev/data/b8:0", "E:ID_MODEL=X\nE:ID_MODEL_ENC=SAMSUNG\\x20MZ7\nE:ID_SERIAL_SHORT=S1\nE:ID_WWN=0x5000\n"),
        ("/run/udev/data/+dmi:id", "E:MEMORY_ARRAY_NUM_DEVICES=2\nE:MEMORY_ARRAY_EC_TYPE=Multi-bit ECC\nE:MEMORY_DEVICE_0_SIZE=68719476736\nE:MEMORY_DEVICE_0_TOTAL_WIDTH=80\nE:MEMORY_DEVICE_0_DATA_WIDTH=64\n"),
        ("/sys/class/drm/card0/device/uevent", "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:05:00.0\n"),
        ("/sys/class/drm/card0/device/gpu_metrics", "\x78\0\x01\x03" + new string('\x05', 116)),
        ("/sys/class/drm/card0/device/ras/umc_err_count", "ue: 1\nce: 7\n"),
        ("/sys/class/kfd/kfd/topology/nodes/1/gpu_id", "41861\n"),
        ("/sys/class/kfd/kfd/topology/nodes/1/properties", "simd_count 304\nlocation_id 1280\ndomain 0\n"),
        ("/sys/class/kfd/kfd/proc/42/vram_41861", "191823872\n"),
        ("/proc/42/comm", "vllm\n"),
        ("/proc/43/fdinfo/5", "drm-driver:\tamdgpu\ndrm-client-id:\t44\ndrm-pdev:\t0000:05:00.0\ndrm-memory-vram:\t2048 KiB\ndrm-engine-gfx:\t1296473 ns\n"),
        ("/sys/class/dmi/id/sys_vendor", "Supermicro\n"),
        ("/sys/class/dmi/id/product_name", "SYS-821GE\n"),
        ("/sys/class/dmi/id/chassis_type", "23\n"),
        ("/sys/devices/system/cpu/present", "0-1\n"),
        ("/sys/devices/system/cpu/online", "0\n"),
        ("/sys/devices/system/cpu/cpu0/topology/package_cpus", "00000003\n"),
        ("/sys/devices/system/cpu/cpu0/topology/core_cpus", "00000003\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index0/level", "1\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index0/size", "48K\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_map", "3\n"),
        ("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3800000\n"),
        ("/sys/devices/system/cpu/vulnerabilities/mds", "Not affected\n"),
        ("/sys/devices/cpu_core/cpus", "0\n"),
        ("/sys/devices/cpu_atom/cpus", "1\n"),
        ("/sys/devices/system/node/node0/cpulist", "0-1\n"),
        ("/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:  1000 kB\n"),
        ("/sys/devices/system/node/node0/distance", "10 21\n"),
        ("/sys/devices/system/node/node0/numastat", "numa_miss 1\nnuma_foreign 2\n"),
        ("/sys/devices/system/node/node1/numastat", "numa_miss 1\nnuma_foreign 2\n"),
        ("/sys/devices/system/edac/mc/mc0/ce_count", "1\n"),
        ("/sys/devices/system/edac/mc/mc0/ue_count", "0\n"),
        ("/sys/devices/system/edac/mc/mc0/size_mb", "65536\n"),
        ("/sys/devices/system/edac/mc/mc0/dimm0/dimm_ce_count", "1\n"),
        ("/sys/devices/system/edac/mc/mc0/dimm0/size", "65536\n"),
        ("/sys/devices/system/edac/mc/mc0/dimm0/dimm_edac_mode", "SECDED\n"),
        ("/sys/devices/system/memory/block_size_bytes", "80000000\n"),
        ("/sys/devices/system/memory/memory0/state", "online\n"),
        ("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "4\n"),
        ("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "2\n"),
        ("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
        ("/sys/class/hwmon/hwmon0/name", "coretemp\n"),
        ("/sys/class/hwmon/hwmon0/temp1_input", "41000\n"),
        ("/sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n"),
        ("/sys/class/hwmon/hwmon0/fan1_input", "9000\n"),
        ("/sys/class/powercap/intel-rapl:0/name", "package-0\n"),
        ("/sys/class/powercap/intel-rapl:0/energy_uj", "1000\n"),
        ("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n"),
        ("/sys/class/scsi_host/host0/proc_name", "megaraid_sas\n"),
        ("/sys/class/ipmi/ipmi0/device/bmc/firmware_revision", "1.05\n"),
        ("/sys/class/ipmi/ipmi0/device/bmc/manufacturer_id", "0x002a7c\n"),
        ("/sys/block/sda/size", "2048\n"),
        ("/sys/block/sda/dev", "8:0\n"),
        ("/sys/block/sda/queue/rotational", "0\n"),
        ("/sys/block/sda/device/model", "SAMSUNG MZ7\n"),
        ("/sys/block/sda/device/raid_level", "RAID 1(1+0)\n"),
        ("/sys/block/sda/device/vpd_pg80", "\0\u0040\0\u000aSERIAL"),
        ("/sys/block/dm-0/size", "2048\n"),
        ("/sys/block/dm-0/dm/uuid", "mpath-3600\n"),
        ("/sys/block/dm-0/slaves/sdq/dev", "65:0\n"),
        ("/sys/block/sdq/size", "2048\n"),
        ("/sys/class/nvme-subsystem/nvme-subsys0/nvme0n1/size", "2048\n"),
        ("/sys/class/nvme-subsystem/nvme-subsys0/nvme0/state", "live\n"),
        ("/sys/class/nvme-subsystem/nvme-subsys0/nvme1/state", "dead\n"),
        (Pci + "/vendor", "0x15b3\n"),
        (Pci + "/device", "0x101b\n"),
        (Pci + "/class", "0x020000\n"),
        (Pci + "/numa_node", "0\n"),
        (Pci + "/sriov_totalvfs", "8\n"),
        (Pci + "/infiniband/mlx5_0/node_guid", "0002:c903:00f9:bfa0\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/state", "4: ACTIVE\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/rate", "400 Gb/sec (4X NDR)\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/lid", "0x12\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/gids/0", "fe80:0000:0000:0000:0002:c903:00f9:bfa1\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/counters/port_rcv_data", "1000\n"),
        (Pci + "/infiniband/mlx5_0/ports/1/counters/symbol_error", "1\n"),
        (Pci + "/net/eth0/type", "1\n"),
        (Pci + "/net/eth0/address", "3c:ec:ef:5e:71:58\n"),
        (Pci + "/net/eth0/mtu", "9000\n"),
        (Pci + "/net/eth0/speed", "400000\n"),
        (Pci + "/net/eth0/duplex", "full\n"),
        (Pci + "/net/eth0/operstate", "up\n"),
        (Pci + "/net/eth0/carrier", "1\n"),
        (Pci + "/net/eth0/uevent", "INTERFACE=eth0\n"),
    ];

    private static readonly (string Path, string Target)[] s_links =
    [
        ("/sys/class/net/eth0", ".." + "/../devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth0"),
        (Pci + "/net/eth0/device", "../.."),
        ("/sys/class/infiniband/mlx5_0", "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/infiniband/mlx5_0"),
        (Pci + "/infiniband/mlx5_0/device", "../.."),
        ("/sys/bus/pci/devices/0000:01:00.0", "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0"),
    ];

    public static FuzzedTree Write(string directory)
    {
        foreach (var (path, text) in s_files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory + path)!);
            File.WriteAllText(directory + path, text);
        }

        foreach (var (path, target) in s_links)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory + path)!);
            File.CreateSymbolicLink(directory + path, target);
        }

        return new FuzzedTree(directory, [.. s_files.Select(file => directory + file.Path)]);
    }
}
