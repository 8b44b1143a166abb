using Nerve.Agent.Linux;

namespace Nerve.Agent.Policies;

/// <summary>Programs that may be started: a path, with <c>*</c> for any characters but a slash, and perhaps what the file must hold.</summary>
/// <param name="path">Absolute.</param>
/// <param name="sha256">Of the file, 64 lower-case digits; null for any content.</param>
internal sealed class ProgramRule(string path, string? sha256)
{
    public string? Sha256 { get; } = sha256;

    /// <param name="file">With all links followed. The rule's own path is followed, too, up to its first star.</param>
    public bool Fits(string file) => Matches(Resolve(path), file);

    /// <summary>Whether it lists the program by this name, and not only the file that the name leads to.</summary>
    /// <param name="name">A path of which all links are followed but the last: <see cref="NameOf"/>.</param>
    public bool Names(string name) => Matches(HasStar ? Resolve(path) : NameOf(path), name);

    /// <summary>The name to start its file by.</summary>
    /// <param name="file">As it fits.</param>
    public string OwnName(string file) => HasStar ? file : path;

    /// <summary>Where a name is, whatever is behind it.</summary>
    public static string NameOf(string path)
    {
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? "." : path[..(slash + 1)];
        return $"{RealPath.Of(folder) ?? folder.TrimEnd('/')}/{path[(slash + 1)..]}";
    }

    private bool HasStar => path.Contains('*', StringComparison.Ordinal);

    private static string Resolve(string path)
    {
        var star = path.IndexOf('*', StringComparison.Ordinal);
        var end = star < 0 ? path.Length : path.LastIndexOf('/', star);
        return (RealPath.Of(path[..end]) ?? path[..end]) + path[end..];
    }

    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
        {
            return pattern.SequenceEqual(text);
        }

        if (!text.StartsWith(pattern[..star]))
        {
            return false;
        }

        var after = pattern[(star + 1)..];
        var rest = text[star..];
        for (var length = 0; length <= rest.Length; length++)
        {
            if (Matches(after, rest[length..]))
            {
                return true;
            }

            if (length < rest.Length && rest[length] == '/')
            {
                return false;
            }
        }

        return false;
    }
}
