using System.Globalization;

namespace Nerve.Server.Selectors;

/// <summary>Recursive descent over <c>requirement { "," requirement }</c>.</summary>
internal sealed class SelectorParser
{
    private readonly SelectorLexer _lexer;
    private Token _next;

    public SelectorParser(string text)
    {
        if (text.Length > Selector.MaxLength)
        {
            throw new SelectorSyntaxException($"a selector has at most {Selector.MaxLength} characters", Selector.MaxLength);
        }

        _lexer = new SelectorLexer(text);
        _next = _lexer.Next();
    }

    public Selector Parse()
    {
        if (_next.Kind == TokenKind.End)
        {
            return Selector.Everything;
        }

        var requirements = new List<Requirement> { Requirement() };
        while (_next.Kind != TokenKind.End)
        {
            Expect(",", "expected ',' or the end, found {0}");
            requirements.Add(Requirement());
        }

        return new Selector(requirements);
    }

    private Requirement Requirement()
    {
        if (_next.Is("!"))
        {
            Take();
            return new Absent(Key());
        }

        var key = Key();
        if (_next.IsOperator("in") || _next.IsOperator("notin"))
        {
            return Take().Text == "in" ? new OneOf(key, Values()) : new NoneOf(key, Values());
        }

        if (_next.Kind != TokenKind.Sign || _next.Text is "," or "(" or ")" or "!")
        {
            return new Exists(key);
        }

        return Take().Text switch
        {
            "=" or "==" => new OneOf(key, [Value()]),
            "!=" => new NoneOf(key, [Value()]),
            "<" => new Compares(key, Comparison.Less, Number()),
            "<=" => new Compares(key, Comparison.LessOrEqual, Number()),
            ">" => new Compares(key, Comparison.Greater, Number()),
            _ => new Compares(key, Comparison.GreaterOrEqual, Number()),
        };
    }

    private string Key() => _next.Kind == TokenKind.Word && _next.Text.Length > 0
        ? Take().Text
        : throw Unexpected("expected the name of a label, found {0}");

    /// <summary>As in Kubernetes, nothing means the empty value.</summary>
    private string Value() => _next.Kind == TokenKind.Word ? Take().Text : "";

    private List<string> Values()
    {
        Expect("(", "expected '(' and a list of values, found {0}");
        var values = new List<string> { Value() };
        while (_next.Is(","))
        {
            Take();
            values.Add(Value());
        }

        Expect(")", "expected ',' or ')' in the list of values, found {0}");
        return values;
    }

    private double Number() =>
        double.TryParse(_next.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? Take(number)
            : throw Unexpected("expected a number, found {0}");

    private T Take<T>(T value)
    {
        Take();
        return value;
    }

    private Token Take()
    {
        var taken = _next;
        _next = _lexer.Next();
        return taken;
    }

    private void Expect(string sign, string otherwise)
    {
        if (!_next.Is(sign))
        {
            throw Unexpected(otherwise);
        }

        Take();
    }

    private SelectorSyntaxException Unexpected(string text) => new(string.Format(CultureInfo.InvariantCulture, text, _next), _next.Position);
}
