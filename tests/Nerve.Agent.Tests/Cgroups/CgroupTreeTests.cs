using Nerve.Agent.Cgroups;

namespace Nerve.Agent.Tests.Cgroups;

public class CgroupTreeTests
{
    private const string Unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    private const string Hybrid =
        "31 30 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n32 30 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    [Theory]
    [InlineData(Unified, "0::/system.slice/nerve-agent.service\n", "/sys/fs/cgroup/nerve-agent")]
    [InlineData(Unified, "0::/system.slice/nerve-agent.service/agent\n", "/sys/fs/cgroup/system.slice/nerve-agent.service")]
    [InlineData(Unified, "0::/\n", "/sys/fs/cgroup/nerve-agent")]
    [InlineData(Hybrid, "4:memory:/a\n0::/user.slice\n", "/sys/fs/cgroup/unified/nerve-agent")]
    [InlineData("31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "4:memory:/a\n", null)]
    [InlineData("", "", null)]
    public void Find_Host_IsBesideTheAgentOrAtTheTop(string mounts, string groups, string? runs) =>
        Assert.Equal(runs, CgroupTree.Find(mounts, groups)?.Runs);
}
