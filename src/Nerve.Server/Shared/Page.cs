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

    /// <summary>After which place in the list the page begins; null: with the first.</summary>
    /// <exception cref="ProblemException">The cursor is none of this list.</exception>
    internal (string Key, Guid Id)? Last => Cursor is null ? null : Shared.Cursor.Decode(Cursor);

    /// <summary>The id in it, where a list is by id.</summary>
    internal Guid? LastId => Last?.Id;

    /// <summary>The key in it, where a list is by name.</summary>
    internal string? LastKey => Last?.Key;

    /// <summary>The page of a list by id of which one more was read than is wanted, if there was one more.</summary>
    internal Page<T> Fill<T>(IReadOnlyList<T> read, Func<T, Guid> id, int total) => Fill(read, item => ("", id(item)), total);

    internal Page<T> Fill<T>(IReadOnlyList<T> read, Func<T, (string Key, Guid Id)> place, int total)
    {
        if (read.Count <= Limit)
        {
            return new Page<T>(read, null, total);
        }

        var (key, id) = place(read[Limit - 1]);
        return new Page<T>([.. read.Take(Limit)], Shared.Cursor.Encode(key, id), total);
    }
}
