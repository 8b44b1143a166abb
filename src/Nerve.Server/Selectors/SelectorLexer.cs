using System.Text;

namespace Nerve.Server.Selectors;

internal enum TokenKind
{
    Word,
    Sign,
    End,
}

/// <param name="Position">The index of its first character.</param>
/// <param name="Quoted">A quoted word is never an operator.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position, bool Quoted = false)
{
    public bool Is(string sign) => Kind == TokenKind.Sign && Text == sign;

    public bool IsOperator(string word) => Kind == TokenKind.Word && !Quoted && Text == word;

    public override string ToString() => Kind == TokenKind.End ? "the end" : $"'{Text}'";
}

/// <summary>Cuts a selector into words and signs.</summary>
internal sealed class SelectorLexer(string text)
{
    private const string SignCharacters = "=!(),<>";

    private static readonly string[] s_signs = ["==", "!=", ">=", "<=", "=", "!", "(", ")", ",", "<", ">"];

    private int _at;

    public static bool IsPlain(char character) =>
        !char.IsWhiteSpace(character) && !char.IsControl(character) && character is not ('"' or '\\' or '&' or '|') && !SignCharacters.Contains(character, StringComparison.Ordinal);

    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        if (_at == text.Length)
        {
            return new Token(TokenKind.End, "", _at);
        }

        var start = _at;
        if (s_signs.FirstOrDefault(sign => string.CompareOrdinal(text, start, sign, 0, sign.Length) == 0) is { } sign)
        {
            _at += sign.Length;
            return new Token(TokenKind.Sign, sign, start);
        }

        return text[start] == '"' ? QuotedWord(start) : PlainWord(start);
    }

    private Token PlainWord(int start)
    {
        while (_at < text.Length && IsPlain(text[_at]))
        {
            _at++;
        }

        return _at > start
            ? new Token(TokenKind.Word, text[start.._at], start)
            : throw new SelectorSyntaxException($"'{text[start]}' cannot stand here; put words with signs in them into double quotes", start);
    }

    private Token QuotedWord(int start)
    {
        var word = new StringBuilder();
        for (_at = start + 1; _at < text.Length; _at++)
        {
            if (text[_at] == '"')
            {
                _at++;
                return new Token(TokenKind.Word, word.ToString(), start, Quoted: true);
            }

            if (text[_at] == '\\' && _at + 1 < text.Length)
            {
                _at++;
            }

            word.Append(text[_at]);
        }

        throw new SelectorSyntaxException("this quotation mark is never closed", start);
    }
}
