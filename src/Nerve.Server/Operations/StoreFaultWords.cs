using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>A fault of the store for programs and for people. Names no host and no file: anybody may read it.</summary>
internal static class StoreFaultWords
{
    public const string RetryAfterSeconds = "5";

    /// <summary>Stable; the page translates by it.</summary>
    public static string Code(StoreFault fault) => fault switch
    {
        StoreFault.ReadOnly => "store.readOnly",
        StoreFault.Full => "store.full",
        StoreFault.Damaged => "store.damaged",
        _ => "store.unavailable",
    };

    /// <summary>What is wrong, and what to do.</summary>
    public static string Reason(StoreFault fault) => fault switch
    {
        StoreFault.ReadOnly => "The database takes no changes, it can only be read: make it writable, or point storage-url at the primary server.",
        StoreFault.Full => "The disk of the database is full: free or add space. Agents keep what they have to report until then.",
        StoreFault.Damaged => "The database is damaged: stop the center, look with 'nerve-center db check', and restore a backup.",
        _ => "The database does not answer. Agents keep what they have to report until it is back.",
    };

    /// <summary>For who asked for something that could not be done.</summary>
    public static string Refusal(StoreFault fault) => fault switch
    {
        StoreFault.Away => "The center cannot reach its database. Nothing was changed; try again.",
        _ => $"Nothing was changed. {Reason(fault)}",
    };
}
