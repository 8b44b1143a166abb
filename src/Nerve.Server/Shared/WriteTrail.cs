namespace Nerve.Server.Shared;

/// <summary>Knows whether the stores have kept something for one caller: what fails after that cannot be called undone.</summary>
/// <remarks>Of a store that cannot say which of its steps were done, what it did may be more than was kept.</remarks>
public sealed class WriteTrail
{
    private static readonly AsyncLocal<WriteTrail?> s_current = new();

    private volatile bool _hasWritten;

    public bool HasWritten => _hasWritten;

    /// <summary>One for what the method that calls this does from here on, and what that calls.</summary>
    public static WriteTrail Begin() => s_current.Value = new WriteTrail();

    /// <summary>For the stores: something was kept, or may have been.</summary>
    public static void Wrote()
    {
        if (s_current.Value is { } trail)
        {
            trail._hasWritten = true;
        }
    }
}
