using System.Buffers.Text;
using System.Text;

namespace Nerve.Agent.Metrics;

/// <summary>Takes the words of a line one after another.</summary>
internal ref struct Fields(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>The next word; empty at the end.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _rest = _rest.TrimStart(" \t"u8);
        var end = _rest.IndexOfAny((byte)' ', (byte)'\t');
        var word = end < 0 ? _rest : _rest[..end];
        _rest = _rest[word.Length..];
        return word;
    }

    public string Text() => Encoding.UTF8.GetString(Next());

    public ulong? Count()
    {
        var word = Next();
        return Utf8Parser.TryParse(word, out ulong number, out var used) && used == word.Length ? number : null;
    }

    public double? Number()
    {
        var word = Next();
        return Utf8Parser.TryParse(word, out double number, out var used) && used == word.Length ? number : null;
    }

    public void Skip(int words)
    {
        for (var i = 0; i < words; i++)
        {
            Next();
        }
    }
}
