using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Configuration;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks;

/// <summary>Runs <c>smartctl</c>.</summary>
internal static class SmartTool
{
    public const string Missing =
        "smartctl is not installed, so the health of disks is unknown. Install smartmontools 7.0 or later (apt install smartmontools, dnf install smartmontools).";

    // Not every service's PATH has the administrator's programs.
    private static readonly string[] s_usual = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"];

    public static string? Find(HostRoot root) => root.Ask("smartctl", Find);

    private static string? Find() => ProcessEnvironment.Variables().GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(s_usual).Select(directory => $"{directory}/smartctl").FirstOrDefault(File.Exists);

    /// <summary>Asks one disk; one that sleeps is let sleep.</summary>
    /// <param name="disk">The kernel's name, or a <see cref="MemberName"/>.</param>
    public static SmartReading Ask(string program, string disk, TimeSpan deadline)
    {
        var member = MemberName.Parse(disk);
        string[] arguments = member is null
            ? ["--json", "--all", "--nocheck=standby,0", $"/dev/{disk}"]
            : ["--json", "--all", "--nocheck=standby,0", "--device", member.Type, $"/dev/{member.Device}"];
        var run = ChildProgram.Run(program, arguments, deadline);
        if (run.Output is null)
        {
            return new SmartReading(null, $"smartctl {run.Failure}. The disk or its controller may hang: see the kernel log.", run.LeftBehind);
        }

        var health = SmartDocument.Parse(run.Output, out var failure);
        return new SmartReading(health, failure, null)
        {
            Disk = member is null ? null : SmartIdentity.Parse(run.Output) is { } identity ? identity with { Name = disk, Behind = member.Type } : null,
        };
    }

    /// <summary>Looks for disks behind RAID controllers.</summary>
    public static SmartReading Search(HostRoot root, string program, TimeSpan deadline)
    {
        string? failure = null;
        System.Diagnostics.Process? late = null;
        var members = new MemberSearch(root, Run).Find();
        return new SmartReading(null, failure, late) { Members = late is null ? members : null };

        // One that never answered is enough.
        byte[]? Run(IReadOnlyList<string> arguments)
        {
            if (late is not null)
            {
                return null;
            }

            var run = ChildProgram.Run(program, arguments, deadline);
            (failure, late) = (run.Failure is null ? failure : $"smartctl {run.Failure}. A RAID controller may hang: see the kernel log.", run.LeftBehind);
            return run.Output;
        }
    }
}

/// <summary>What one question about disks gave.</summary>
/// <param name="Health">Null when it could not be learned; then <paramref name="Failure"/> says why.</param>
/// <param name="LeftBehind">A tool that never answered.</param>
internal sealed record SmartReading(SmartInfo? Health, string? Failure, System.Diagnostics.Process? LeftBehind)
{
    /// <summary>Of a disk that the kernel does not know: what it is.</summary>
    public DiskInfo? Disk { get; init; }

    /// <summary>Of a search: the disks that were found; null when it came to nothing.</summary>
    public IReadOnlyList<string>? Members { get; init; }

    public RaidReport? Raids { get; init; }

    /// <summary>What a disk said before still tells more than that it does not answer now.</summary>
    public SmartReading Or(SmartReading earlier) => this with
    {
        Health = Health ?? earlier.Health,
        // That a disk sleeps is no trouble once it is known how it is.
        Failure = Failure == SmartDocument.Asleep && earlier.Health is not null ? null : Failure,
        Disk = Disk ?? earlier.Disk,
        Members = Members ?? earlier.Members,
        Raids = Raids ?? earlier.Raids,
    };
}
