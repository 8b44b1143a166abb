namespace Nerve.Agent.Linux;

/// <summary>Reads <c>os-release(5)</c> and files like it: <c>KEY=value</c> lines, the value bare or quoted as in a shell.</summary>
internal static class KeyValueFile
{
    public static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                values[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].TrimStart());
            }
        }

        return values;
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\'') || value[^1] != value[0])
        {
            return value;
        }

        var inner = value[1..^1];
        return value[0] == '\'' ? inner : Unescape(inner);
    }

    private static string Unescape(string value)
    {
        var plain = new System.Text.StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '"' or '$' or '\\' or '`')
            {
                i++;
            }

            plain.Append(value[i]);
        }

        return plain.ToString();
    }
}
