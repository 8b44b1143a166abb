using System.Diagnostics;
using System.Runtime.Versioning;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Probes;
using Nerve.Agent.Tests.Gpu.Nvml;
using Nerve.Agent.Tests.Link;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>The agent's own program on this machine, with a GPU driver, a filesystem and a tool that never answer: it goes on as if nothing were.</summary>
[SupportedOSPlatform("linux")]
public sealed class HangingAgentTests : IDisposable
{
    private const string HungGpu = """{ "gpus": [{ "pci": "0:1:0", "nvmlDeviceGetName": "hang", "nvmlDeviceGetUtilizationRates": "hang" }] }""";

    // The one that lies beside the tests has their framework, and cannot connect.
    private static readonly string s_agent = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Nerve.Agent", new DirectoryInfo(AppContext.BaseDirectory).Name, "nerve-agent");

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-hang-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LibraryHangs_HeartbeatsAndSamplesKeepTheirTime()
    {
        using var library = new FakeNvml(HungGpu);
        await using var center = await ScriptedCenter.StartAsync();
        center.OnHello = _ => new HelloReply(1, center.Settings, true, []);
        using var agent = Start(center, library.Environment);

        // The inventory comes though the driver never answers, and says so.
        var inventory = await NextAsync(center.Inventories);
        Assert.Contains(inventory.Problems, problem => problem.Source == "probe nvml" && problem.Reason.Contains("NVIDIA driver", StringComparison.Ordinal));
        Assert.Equal(Environment.MachineName, inventory.Host.Hostname);

        // Meanwhile and from now on there was a heartbeat every second, and samples in them.
        await AssertRhythmAsync(center);
        agent.Kill();
    }

    /// <summary>Facts that turn into nothing would be changes in the machine's history, and back again.</summary>
    [Fact]
    public async Task LibraryHangsAfterAGoodInventory_ItsFactsStandAndAProblemSaysSo()
    {
        using var library = new FakeNvml(
            """{ "gpus": [{ "pci": "0:18:0", "nvmlDeviceGetName": "NVIDIA H100", "nvmlDeviceGetUUID": "GPU-1", "nvmlDeviceGetEnforcedPowerLimit": 700000 }] }""");
        await using var center = await ScriptedCenter.StartAsync();
        center.OnHello = _ => new HelloReply(1, center.Settings, true, []);
        using var agent = Start(center, library.Environment, "--inventory-interval", "1s");
        var gpu = (await NextAsync(center.Inventories)).Gpus.Single(gpu => gpu.PciAddress == "0000:18:00.0");
        Assert.Equal(("GPU-1", 700d), (gpu.Uuid, gpu.PowerLimitWatts!.Value));

        library.Describe(HungGpu);
        Inventory inventory;
        do
        {
            inventory = await NextAsync(center.Inventories);
            Assert.Equal("GPU-1", inventory.Gpus.Single(gpu => gpu.PciAddress == "0000:18:00.0").Uuid);
        }
        while (!inventory.Problems.Any(problem => problem.Source == "probe nvml" && problem.Reason.Contains("left behind", StringComparison.Ordinal)));

        Assert.Contains("still stands", inventory.Problems.Single(problem => problem.Source == "probe nvml").Reason, StringComparison.Ordinal);
        agent.Kill();
    }

    [Fact]
    public async Task FilesystemIsFrozen_HeartbeatsAndSamplesKeepTheirTime()
    {
        using var frozen = new FrozenMount();
        await using var center = await ScriptedCenter.StartAsync();
        center.OnHello = _ => new HelloReply(1, center.Settings, true, []);
        using var agent = Start(center, new Dictionary<string, string>());

        var inventory = await NextAsync(center.Inventories);
        Assert.Contains(inventory.Problems, problem => problem.Source == frozen.Path);
        Assert.Null(inventory.Filesystems.Single(filesystem => filesystem.MountPoint == frozen.Path).SizeBytes);
        Assert.NotNull(inventory.Filesystems.Single(filesystem => filesystem.MountPoint == "/").SizeBytes);

        await AssertRhythmAsync(center);
        agent.Kill();
    }

    [Fact]
    public async Task FilesHang_HeartbeatsAndSamplesKeepTheirTime()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/sys/kernel/hostname", "hung\n").Write("/proc/loadavg", "0.5 0.4 0.3 1/2 3\n").Write("/sys/class/net/eth0/mtu", "9000\n");
        // One that the agent reads when it starts, one when its metrics begin, one in every sample, and one in the inventory.
        using var fifos = new Fifos(tree, ["/sys/class/dmi/id/product_serial", "/sys/class/powercap/intel-rapl:0/name", "/proc/pressure/cpu", "/sys/class/net/eth0/speed"]);
        await using var center = await ScriptedCenter.StartAsync();
        center.OnHello = _ => new HelloReply(1, center.Settings, true, []);
        using var agent = Start(center, new Dictionary<string, string>(), "--root", tree.Directory);

        var inventory = await NextAsync(center.Inventories);
        Assert.Equal(("hung", 9000), (inventory.Host.Hostname, Assert.Single(inventory.Network).Mtu));
        Assert.Contains(inventory.Problems, problem => problem.Source == "/sys/class/net/eth0/speed");

        await AssertRhythmAsync(center);
        agent.Kill();
    }

    /// <summary>A disk that never answers its tool, asked by the agent's own probe.</summary>
    [Fact]
    public async Task ToolOfDisksHangs_SamplesDoNotWaitForItAndItIsAProblem()
    {
        var tool = Path.Combine(_folder, "smartctl");
        File.WriteAllText(tool, "#!/bin/sh\nexec sleep 600\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var launcher = new ProbeLauncher(
            Path.Combine(AppContext.BaseDirectory, "nerve-agent"), ["probe"], new Dictionary<string, string> { ["PATH"] = $"{_folder}:/usr/bin:/bin" });
        using var probes = new ProbeSet(TimeProvider.System, launcher);
        probes.Smart.Want();

        var reply = await Task.Run(() => probes.Smart.AskParts(new ProbeRequest(ProbeAsk.Inventory, Names: ["sda"], PatienceMilliseconds: 500), TimeSpan.FromSeconds(30)));
        Assert.Equal(("smartctl /dev/sda", "No answer yet."), (Assert.Single(reply!.Problems).Source, reply.Problems[0].Reason));

        var sampler = new MetricSampler(new HostRoot("/"), TimeProvider.System, probes);
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(sampler.Sample()["load.1m"]);
        }

        // The tool has 20 s.
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(15), $"{Stopwatch.GetElapsedTime(since)}");
        Assert.False(probes.Smart.IsHung);
    }

    [Fact]
    public void LibraryHangs_InventoryIsPrintedWithAProblem()
    {
        using var library = new FakeNvml(HungGpu);
        var inventory = Print(library.Environment);

        Assert.Contains(inventory.Problems, problem => problem.Source == "probe nvml");
        Assert.NotEmpty(inventory.Filesystems);
    }

    [Fact]
    public void LibraryIsThere_InventoryHasItsGpus()
    {
        using var library = new FakeNvml(
            """{ "nvmlSystemGetDriverVersion": "565.57.01", "gpus": [{ "pci": "0:18:0", "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3" }] }""");
        var gpu = Print(library.Environment).Gpus.Single(gpu => gpu.Model == "NVIDIA H100 80GB HBM3");

        Assert.Equal(("NVIDIA", "0000:18:00.0", "565.57.01"), (gpu.Vendor, gpu.PciAddress, gpu.DriverVersion));
    }

    private Process Start(ScriptedCenter center, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        var start = new ProcessStartInfo(
            s_agent,
            ["run", "--server", center.Address.ToString(), "--state", Path.Combine(_folder, "state"), "--interval", "1s", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NERVE_TOKEN"] = ScriptedCenter.Token;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var agent = Process.Start(start)!;
        agent.BeginOutputReadLine();
        agent.BeginErrorReadLine();
        return agent;
    }

    private static Inventory Print(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(s_agent, ["inventory"]) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var agent = Process.Start(start)!;
        var text = agent.StandardOutput.ReadToEnd();
        agent.WaitForExit();
        Assert.Equal(0, agent.ExitCode);
        return System.Text.Json.JsonSerializer.Deserialize(text, Nerve.Protocol.NerveJsonContext.Default.Inventory)!;
    }

    /// <summary>Ten heartbeats in a row come in the time of ten, however busy this machine is, and bring samples.</summary>
    private static async Task AssertRhythmAsync(ScriptedCenter center)
    {
        while (center.Heartbeats.Reader.TryRead(out _))
        {
            // Those until now.
        }

        var since = Stopwatch.GetTimestamp();
        var samples = 0;
        for (var i = 0; i < 10; i++)
        {
            samples += (await NextAsync(center.Heartbeats)).Samples?.Count ?? 0;
        }

        // A second each; one that waited for what hangs would take its deadline, 10 s, and more.
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(25), $"{Stopwatch.GetElapsedTime(since)}");
        Assert.True(samples >= 3, $"only {samples} samples");
    }

    private static async Task<T> NextAsync<T>(System.Threading.Channels.Channel<T> channel) =>
        await channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
