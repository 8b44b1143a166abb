using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Whether the clock is kept right, and by what.</summary>
internal static class TimeSyncFacts
{
    private const string TimesyncdState = "/run/systemd/timesync";

    // Where each service leaves its process id. Debian, Red Hat and the projects themselves differ.
    private static readonly (string Service, string Path)[] s_services =
    [
        ("chrony", "/run/chrony/chronyd.pid"), ("chrony", "/run/chronyd.pid"), ("ntpd", "/run/ntpd.pid"), ("ntpd", "/run/ntp/ntpd.pid"),
        ("openntpd", "/run/openntpd.pid"), ("phc2sys", "/run/phc2sys.pid"), ("ptp4l", "/run/ptp4l.pid"),
    ];

    private static readonly string[] s_configurations =
        ["/etc/chrony.conf", "/etc/chrony/chrony.conf", "/etc/ntp.conf", "/etc/ntpsec/ntp.conf", "/etc/openntpd/ntpd.conf"];

    public static TimeSyncInfo? Collect(Machine machine)
    {
        var service = Service(machine);
        var synchronized = machine.Root.IsLive ? KernelClock.Read()?.Synchronized
            : machine.Root.Exists($"{TimesyncdState}/synchronized") ? true
            : (bool?)null;
        IReadOnlyList<string> servers = service == "systemd-timesyncd" ? TimesyncdServers(machine) : Servers(machine);
        return service is null && synchronized is null && servers.Count == 0 ? null : new TimeSyncInfo(synchronized, service, servers);
    }

    private static string? Service(Machine machine)
    {
        foreach (var (service, path) in s_services)
        {
            // A file that a dead service left behind names another process, or none.
            if (Number.Int(TryLine(machine, path)) is { } id && machine.Root.IsDirectory($"/proc/{id}"))
            {
                return service;
            }
        }

        return machine.Root.IsDirectory(TimesyncdState) ? "systemd-timesyncd" : null;
    }

    // "server ntp1.example.com iburst", "pool 2.debian.pool.ntp.org"
    private static List<string> Servers(Machine machine)
    {
        var servers = new List<string>();
        foreach (var path in s_configurations.Where(machine.Root.Exists))
        {
            foreach (var line in (machine.Text(path) ?? "").Split('\n'))
            {
                if (line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is ["server" or "servers" or "pool" or "peer" or "refclock", var server, ..])
                {
                    servers.Add(server);
                }
            }
        }

        return servers;
    }

    private static List<string> TimesyncdServers(Machine machine)
    {
        var settings = KeyValueFile.Parse(machine.Text("/etc/systemd/timesyncd.conf") ?? "");
        var configured = settings.GetValueOrDefault("NTP") ?? "";
        return [.. (configured.Length > 0 ? configured : settings.GetValueOrDefault("FallbackNTP") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    // Which service runs is not worth a problem.
    private static string? TryLine(Machine machine, string path) => machine.Root.TryLine(path);
}
