using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Probes;

/// <summary>What a probe last said of the machine's parts. One that hangs, or whose successor does not know them yet, says less than there is; only
/// an answer without problems can take a part away.</summary>
internal static class KnownParts
{
    public static ProbeReply Or(this ProbeReply reply, ProbeReply? known) => known is null || reply.Problems.Count == 0 ? reply : reply with
    {
        Gpus = Either(reply.Gpus, known.Gpus),
        Smart = Both(reply.Smart, known.Smart),
        Disks = Either(reply.Disks, known.Disks),
        Raids = Either(reply.Raids, known.Raids),
        Controllers = Either(reply.Controllers, known.Controllers),
        Bmc = reply.Bmc ?? known.Bmc,
    };

    private static IReadOnlyList<T> Either<T>(IReadOnlyList<T> now, IReadOnlyList<T> before)
        where T : class => now.Count > 0 ? now : before;

    private static Dictionary<string, SmartInfo> Both(IReadOnlyDictionary<string, SmartInfo> now, IReadOnlyDictionary<string, SmartInfo> before)
    {
        var both = new Dictionary<string, SmartInfo>(now, StringComparer.Ordinal);
        foreach (var (disk, health) in before)
        {
            both.TryAdd(disk, health);
        }

        return both;
    }
}
