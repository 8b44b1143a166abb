using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;
using Nerve.Agent.Tests.Metrics;
using Nerve.Protocol;

namespace Nerve.Agent.Tests.Inventories;

public class InventoryCollectorTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 31, 8, 15, 30, TimeSpan.Zero);

    public static TheoryData<string?> Trees => Fixtures.CasesWith(
        "root.tar.gz",
        ["hwloc", "ghw", "openshift-nto", "node_exporter", "util-linux-lsblk", "util-linux-lscpu", "util-linux-lsmem", "cadvisor", "procfs-cpuinfo",
            "ansible-cpuinfo", "lxd-cpuinfo", "libnvme", "lact"]);

    [Theory]
    [MemberData(nameof(Trees))]
    public void Collect_AnyCapturedMachine_HasNoProblems(string? name) => Assert.Empty(Collect(Fixtures.Tree(name)).Problems);

    [Fact]
    public void Collect_SameMachineAgain_HasTheSameHash() => Assert.Equal(
        Collect(Fixtures.Tree(NodeExporterOutput.Case)).Hash(),
        Collect(Fixtures.Tree(NodeExporterOutput.Case)).Hash());

    [Fact]
    public void Collect_FileThatIsTooLarge_IsAProblemAndTheRestIsThere()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/mdstat", new string('m', 9 * 1024 * 1024)).Write("/etc/hostname", "here\n");

        var inventory = Collect(tree.Root);

        Assert.Equal("/proc/mdstat", Assert.Single(inventory.Problems).Source);
        Assert.Equal("here", inventory.Host.Hostname);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Collect_FileThatMayNotBeRead_SaysWhatToDo()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may read everything.");
        using var tree = new TemporaryTree();
        tree.Write("/sys/class/dmi/id/product_serial", "S\n");
        File.SetUnixFileMode(tree.Directory + "/sys/class/dmi/id/product_serial", UnixFileMode.None);

        Assert.Contains("root", Assert.Single(Collect(tree.Root).Problems).Reason);
    }

    [Fact]
    public void Run_RunningMachine_PrintsTheInventoryJson()
    {
        using var output = new StringWriter();

        Assert.Equal(0, InventoryCommand.Run(new HostRoot("/"), new FakeTimeProvider(s_now), "9.8.7", output));

        var inventory = JsonSerializer.Deserialize(output.ToString(), NerveJsonContext.Default.Inventory)!;
        Assert.Equal((s_now, "9.8.7"), (inventory.CollectedAt, inventory.AgentVersion));
        Assert.Equal(Environment.MachineName, inventory.Host.Hostname);
        Assert.Equal(Environment.ProcessorCount, Math.Min(Environment.ProcessorCount, inventory.Cpu.ThreadsOnline!.Value));
        Assert.Contains(inventory.Network, card => card.Addresses.Contains("127.0.0.1/8"));
    }

    [Fact]
    public void Doctor_EmptyTree_SaysWhatIsMissingAndWhatToDo()
    {
        using var tree = new TemporaryTree();
        using var output = new StringWriter();

        Assert.Equal(0, DoctorCommand.Run(tree.Root, output));

        Assert.Contains("/proc/stat does not exist", output.ToString());
        Assert.All(
            Doctor.Examine(tree.Root).Where(check => check.Verdict == DoctorVerdict.Missing),
            check => Assert.False(string.IsNullOrEmpty(check.Advice)));
    }

    [Fact]
    public void Doctor_RunningMachine_CanReadTheKernel() =>
        Assert.Equal(DoctorVerdict.Ok, Doctor.Examine(new HostRoot("/")).Single(check => check.Name == "kernel figures").Verdict);

    private static Protocol.Inventories.Inventory Collect(HostRoot root) => new InventoryCollector(root, new FakeTimeProvider(s_now), "1.0.0").Collect();
}
