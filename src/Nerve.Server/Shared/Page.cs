namespace Nerve.Server.Shared;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="NextCursor">Give it back as <c>cursor</c> for the next page; null at the end.</param>
/// <param name="Total">How many there are on all pages, at this moment.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor, int Total);

/// <summary>Which page to read.</summary>
/// <param name="Limit">1 to 1000.</param>
/// <param name="Cursor">From <see cref="Page{T}.NextCursor"/>; opaque to callers.</param>
public readonly record struct PageRequest(int Limit, string? Cursor)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    /// <exception cref="ProblemException">The limit is out of range.</exception>
    public static PageRequest Of(int? limit, string? cursor)
    {
        var wanted = limit ?? DefaultLimit;
        return wanted is >= 1 and <= MaxLimit
            ? new PageRequest(wanted, string.IsNullOrEmpty(cursor) ? null : cursor)
            : throw Problems.Invalid("limit", $"must be between 1 and {MaxLimit}");
    }
}
