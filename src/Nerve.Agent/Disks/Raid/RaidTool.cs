using Nerve.Agent.Linux;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Disks.Raid;

/// <summary>Runs the tool of a controller's maker, if one is installed.</summary>
internal static class RaidTool
{
    public static string? Find(HostRoot root) => root.Ask("RAID tool", Find);

    private static string? Find() => Array.Find(StorCli.Programs, File.Exists) ?? Array.Find(SsaCli.Programs, File.Exists);

    public static SmartReading Ask(HostRoot root, string program, TimeSpan deadline)
    {
        var isStorCli = !program.EndsWith("ssacli", StringComparison.Ordinal);
        var run = ChildProgram.Run(program, isStorCli ? StorCli.Arguments : SsaCli.Arguments, deadline);
        if (run.Output is null)
        {
            return new SmartReading(null, $"{program} {run.Failure}. The controller may hang: see the kernel log.", run.LeftBehind);
        }

        var names = new KernelNames(root);
        var report = isStorCli ? StorCli.Parse(run.Output, names) : SsaCli.Parse(run.Output, names);
        return new SmartReading(null, report is null ? $"{program} printed no report of its controllers, so the state of their arrays is unknown." : null, null)
        {
            Raids = report,
        };
    }
}
