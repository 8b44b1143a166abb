using Nerve.Agent.Linux;
using Nerve.Agent.Policies;

namespace Nerve.Agent.Inventories;

/// <summary><c>nerve-agent doctor</c>: prints what works here, what does not, and what to do about it.</summary>
internal static class DoctorCommand
{
    /// <returns>The exit code: 0 also when something is missing, for the agent works with what it has.</returns>
    public static int Run(HostRoot root, TextWriter output, PolicyFile? policy = null)
    {
        var checks = Doctor.Examine(root, policy);
        output.WriteLine($"Looking at {root.Directory}");
        foreach (var check in checks)
        {
            output.WriteLine($"{Mark(check.Verdict),-8} {check.Name,-16} {check.Finding}");
            if (check.Advice is { } advice)
            {
                output.WriteLine($"{"",-8} {"",-16} {advice}");
            }
        }

        var missing = checks.Count(check => check.Verdict == DoctorVerdict.Missing);
        output.WriteLine(missing == 0 ? "Nothing is missing." : $"{missing} of {checks.Count} are missing; the agent works without them.");
        return 0;
    }

    private static string Mark(DoctorVerdict verdict) => verdict switch
    {
        DoctorVerdict.Ok => "ok",
        DoctorVerdict.Absent => "-",
        _ => "missing",
    };
}
