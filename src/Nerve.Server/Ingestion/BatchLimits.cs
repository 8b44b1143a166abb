namespace Nerve.Server.Ingestion;

/// <summary>How much a <see cref="BatchPipeline{TItem,TAnswer}"/> takes at once.</summary>
/// <param name="What">What the items are, for people.</param>
/// <param name="Capacity">So many wait at most; who comes then waits for room.</param>
/// <param name="MaxBatch">So many share a transaction at most.</param>
/// <param name="Spacing">A batch begins this long after the one before it, or once <paramref name="Many"/> wait: a transaction for one item costs nearly as
/// much as one for fifty, and those of a fleet come one after another.</param>
/// <param name="Many">So many are worth a transaction at once.</param>
/// <param name="AtOnce">So many transactions are under way at once. One keeps the order in which an agent's items came; with more, an item may overtake one
/// of the same agent that was not yet answered.</param>
/// <param name="MaxWeight">A transaction takes no more items once they weigh so much together: it must be over in time.</param>
/// <param name="MostHeld">Once all that waits weighs so much, whatever comes is refused at once, and its sender keeps it: memory ends sooner than patience.</param>
public sealed record BatchLimits(
    string What, int Capacity, int MaxBatch, TimeSpan Spacing, int Many = 64, int AtOnce = 1, int MaxWeight = int.MaxValue, int MostHeld = int.MaxValue)
{
    /// <summary>From an item's coming to its answer, whatever the store does.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(15);
}

internal static partial class BatchLog
{
    [LoggerMessage(1, LogLevel.Warning, "The store did not take {Count} {What}; trying again")]
    public static partial void Retry(ILogger logger, int count, string what, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "{Count} {What} were not stored; their agents will repeat them")]
    public static partial void GivenUp(ILogger logger, int count, string what, Exception exception);
}
