namespace Nerve.Agent.Journal;

/// <summary>How much of the start and of the end of a run's output is kept within its limit.</summary>
internal static class OutputShares
{
    // Less is not worth cutting in two.
    private const long LeastToShare = 4096;

    // For the lines that say what is left out, one for each stream.
    private const long Lines = 2 * 128;

    public static long Start(long limit) => limit - End(limit) - (End(limit) > 0 ? Lines : 0);

    public static long End(long limit) => limit >= LeastToShare ? limit / 2 : 0;
}
