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

    public static string? Find() => ProcessEnvironment.Variables().GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(s_usual).Select(directory => $"{directory}/smartctl").FirstOrDefault(File.Exists);

    /// <summary>Asks one disk; one that sleeps is let sleep.</summary>
    public static SmartReading Ask(string program, string disk, TimeSpan deadline)
    {
        var run = ChildProgram.Run(program, ["--json", "--all", "--nocheck=standby,0", $"/dev/{disk}"], deadline);
        if (run.Output is null)
        {
            return new SmartReading(null, $"smartctl {run.Failure}. The disk or its controller may hang: see the kernel log.", run.LeftBehind);
        }

        var health = SmartDocument.Parse(run.Output, out var failure);
        return new SmartReading(health, failure, null);
    }
}

/// <param name="Health">Null when it could not be learned; then <paramref name="Failure"/> says why.</param>
/// <param name="LeftBehind">A tool that never answered.</param>
internal sealed record SmartReading(SmartInfo? Health, string? Failure, System.Diagnostics.Process? LeftBehind);
