using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Probes;

/// <summary>The probes of an agent. Each is started when something on this machine needs it.</summary>
internal sealed class ProbeSet : IDisposable
{
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;

    public ProbeSet(TimeProvider time)
        : this(time, ProbeLauncher.Own)
    {
    }

    internal ProbeSet(TimeProvider time, ProbeLauncher launcher, TimeSpan? patience = null)
    {
        _time = time;
        Nvml = Create(ProbeNames.Nvml, "the NVIDIA driver", "Look for Xid messages of NVRM in the kernel log; a driver that hangs mostly needs a reboot.");
        Drm = Create(ProbeNames.Drm, "the GPU driver", "Look for messages of amdgpu, i915 or xe in the kernel log; a driver that hangs mostly needs a reboot.");
        Smart = Create(ProbeNames.Smart, "smartctl", "Check the kernel log for the disk that does not answer.");
        Space = Create(ProbeNames.Space, "the remote filesystems", "Check their servers.");
        Ipmi = Create(ProbeNames.Ipmi, "the management controller", "Reset it: ipmitool mc reset cold.");
        All = [Nvml, Drm, Smart, Space, Ipmi];

        Probe Create(string name, string subject, string advice) =>
            new(name, subject, advice, launcher, time) { Patience = patience ?? TimeSpan.FromSeconds(10) };
    }

    public Probe Nvml { get; }

    public Probe Drm { get; }

    public Probe Smart { get; }

    public Probe Space { get; }

    public Probe Ipmi { get; }

    public IReadOnlyList<Probe> All { get; }

    public IEnumerable<CollectionProblem> Problems => All.Select(probe => probe.Problem).OfType<CollectionProblem>();

    /// <summary>Null for a tree of files that is not this machine: nothing there can be asked.</summary>
    public static ProbeSet? For(HostRoot root, TimeProvider time) => root.IsLive ? new ProbeSet(time) : null;

    /// <summary>How often the slow ones ask what they ask.</summary>
    public void KeepTo(Func<AgentSettings> pace)
    {
        Smart.PeriodSeconds = () => pace().SmartMinutes * 60;
        Ipmi.PeriodSeconds = () => pace().IpmiSeconds;
    }

    /// <summary>Replaces those that were left behind, until the agent stops.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(s_round, _time, cancellationToken);
            foreach (var probe in All.Where(probe => probe.IsWanted))
            {
                await Task.Run(probe.Want, cancellationToken);
            }
        }
    }

    public void Dispose()
    {
        foreach (var probe in All)
        {
            probe.Dispose();
        }
    }
}
