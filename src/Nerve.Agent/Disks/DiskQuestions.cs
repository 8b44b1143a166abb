using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Disks;

/// <summary>What there is to ask about disks, each by a name: of a disk its own.</summary>
/// <param name="Ask">May take as long as its tools do.</param>
/// <param name="BeyondTheKernel">Names of what else to ask on this machine.</param>
internal sealed record DiskQuestions(Func<string, SmartReading> Ask, Func<IReadOnlyList<string>> BeyondTheKernel)
{
    /// <summary>Which disks are behind RAID controllers.</summary>
    public const string Members = "smartctl --scan";

    /// <summary>What RAID controllers made of disks.</summary>
    public const string Arrays = "RAID controllers";

    public static DiskQuestions Of(HostRoot root, TimeSpan deadline) => new(
        name => name == Arrays ? AskController(root, deadline)
            : SmartTool.Find(root) is not { } program ? new SmartReading(null, SmartTool.Missing, null)
            : name == Members ? SmartTool.Search(root, program, deadline)
            : SmartTool.Ask(program, name, deadline),
        () => !RaidDrivers.Find(root).Any() ? [] : [.. RaidTool.Find(root) is null ? [] : (string[])[Arrays], .. SmartTool.Find(root) is null ? [] : (string[])[Members]]);

    /// <summary>Where a problem comes from.</summary>
    public static string SourceOf(string name) => name is Members or Arrays ? name : $"smartctl /dev/{name}";

    private static SmartReading AskController(HostRoot root, TimeSpan deadline) => RaidTool.Find(root) is { } program
        ? RaidTool.Ask(root, program, deadline)
        : new SmartReading(null, null, null);
}
