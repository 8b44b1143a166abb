namespace Nerve.Server.Selectors;

/// <summary>A text that is no selector.</summary>
/// <param name="reason">What was expected or is wrong.</param>
/// <param name="position">Where: the index of the character, from 0; the text's length for its end.</param>
public sealed class SelectorSyntaxException(string reason, int position) : Exception($"at character {position + 1}: {reason}")
{
    public int Position { get; } = position;
}
