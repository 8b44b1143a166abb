using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore;

/// <summary>What the engines' quick ways of writing runs have in common: the columns, and times as they are stored.</summary>
internal static class RunColumns
{
    /// <summary>What a change may change, in the order of the engines' statements.</summary>
    public static IReadOnlyList<string> Changing { get; } =
    [
        nameof(Run.State), nameof(Run.ExitCode), nameof(Run.Signal), nameof(Run.Error), nameof(Run.OfferedAt), nameof(Run.CancelRequestedAt),
        nameof(Run.StartedAt), nameof(Run.FinishedAt), nameof(Run.OutputBytes), nameof(Run.OutputTruncated),
    ];

    public static long? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
