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
