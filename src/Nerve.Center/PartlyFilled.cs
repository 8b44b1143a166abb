using Nerve.Server.Portable;
using Nerve.Server.Shared;

namespace Nerve.Center;

/// <summary>A database into which a copy or a restore has not brought everything. A center on it would show and keep half a fleet.</summary>
internal static class PartlyFilled
{
    /// <summary>Null for a whole one, else one line: what was begun and how to go on.</summary>
    public static async Task<string?> ReasonAsync(IStorage storage, CancellationToken cancellationToken) =>
        await ((IPortableStorage)storage).FindFillingAsync(cancellationToken) is { } filling
            ? $"{storage.Name} is only partly filled: what was begun from {filling.Source} at {filling.Since:yyyy-MM-dd HH:mm:ss} UTC has not come to its end. Go on with it: {filling.Command} (or begin anew with another, empty database)."
            : null;

    /// <exception cref="StartException">It is one.</exception>
    public static async Task RefuseAsync(IStorage storage, int exitCode, CancellationToken cancellationToken)
    {
        if (await ReasonAsync(storage, cancellationToken) is { } reason)
        {
            throw new StartException(reason, exitCode);
        }
    }
}
