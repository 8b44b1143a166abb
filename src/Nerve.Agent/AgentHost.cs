using Microsoft.Extensions.Logging;
using Nerve.Agent.Identity;
using Nerve.Agent.Inventories;
using Nerve.Agent.Link;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Options;
using Nerve.Agent.Policies;
using Nerve.Agent.Probes;
using Nerve.Agent.Tasks;
using Nerve.Configuration;
using Nerve.Configuration.Logging;

namespace Nerve.Agent;

/// <summary>Puts the agent together and keeps it running until it is told to stop.</summary>
internal static partial class AgentHost
{
    /// <summary>How long the parts may take to end; whatever still hangs then ends with the process.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(AgentOptions options, CancellationToken stop)
    {
        using var logs = NerveConsole.CreateLoggers(options.Debug);
        return await RunAsync(options, TimeProvider.System, logs, stop);
    }

    /// <exception cref="ConfigurationException">It cannot work as it was configured.</exception>
    internal static async Task<int> RunAsync(AgentOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken stop)
    {
        var log = logs.CreateLogger(typeof(AgentHost).FullName!);
        using var state = StateFolder.Open(options.State);
        LogStarting(log, AgentVersion.Text, state.Path);
        foreach (var warning in options.Warnings)
        {
            LogWarning(log, warning);
        }

        // What the agent knows and is told.
        var root = new HostRoot(options.Root);
        var host = HostFacts.Read(root);
        var rhythm = new Rhythm(time, Rhythm.Wish(options.Interval, options.InventoryInterval));
        var enroller = new Enroller(
            new IdentityStore(state.Path, time, logs.CreateLogger<IdentityStore>()), host, options, rhythm, time, logs.CreateLogger<Enroller>());
        enroller.Load();

        // What it observes and does, with a center or without.
        var policy = new PolicyFile(options.Policy);
        using var probes = ProbeSet.For(root, time);
        probes?.KeepTo(() => rhythm.Settings);
        var metrics = new MetricSampler(root, time, probes);
        var samples = new SampleBuffer();
        var sampler = new SamplerLoop(() => Take(metrics), samples, rhythm, time, logs.CreateLogger<SamplerLoop>());
        var watch = new InventoryWatch(
            new InventoryCollector(root, time, AgentVersion.Text, probes, policy: policy).Collect, rhythm, time, logs.CreateLogger<InventoryWatch>());
        var reporter = new GatewayRunReporter();
        using var runs = new RunManager(
            state.Path, reporter, SupervisorCommand.Own(options.Policy), time, logs.CreateLogger<RunManager>(), policy: policy);

        // What it tells a center.
        var session = new AgentSession(
            rhythm,
            new HeartbeatLoop(samples, rhythm, time, Backoff.Uniform, logs.CreateLogger<HeartbeatLoop>()),
            watch,
            new InventoryReports(watch, logs.CreateLogger<InventoryReports>()),
            runs,
            reporter);
        var link = new AgentLink(
            new Centers(options.Servers, time, Backoff.Uniform), new Backoff(Backoff.Uniform), enroller, session,
            new AgentPeer(runs, rhythm), host, root, options, time, logs);

        List<Func<CancellationToken, Task>> parts = [sampler.RunAsync, watch.RunAsync, runs.RunAsync, link.RunAsync];
        if (probes is not null)
        {
            parts.Add(probes.RunAsync);
        }

        await KeepRunningAsync(parts, time, stop);
        LogStopped(log);
        return 0;
    }

    /// <summary>None of the parts ends by itself: if one fails, all stop and its exception is the agent's.</summary>
    private static async Task KeepRunningAsync(IEnumerable<Func<CancellationToken, Task>> parts, TimeProvider time, CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = parts.Select(part => part(stopping.Token)).ToList();
        var first = await Task.WhenAny(running);
        await stopping.CancelAsync();
        await Task.WhenAll(running).WaitAsync(s_patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested)
        {
            await first;
        }
    }

    private static (Protocol.Metrics.MetricSchema Schema, Protocol.Metrics.MetricSample Sample) Take(MetricSampler metrics)
    {
        var sample = metrics.Sample();
        return (sample.Schema, sample.ToMessage());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "nerve-agent {Version} starts, with its state in {Folder}")]
    private static partial void LogStarting(ILogger log, string version, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);

    [LoggerMessage(Level = LogLevel.Information, Message = "nerve-agent stopped")]
    private static partial void LogStopped(ILogger log);
}
