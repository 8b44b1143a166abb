using System.Text;
using System.Text.Json;

namespace Nerve.Agent.Tests.Fuzzing;

/// <summary>A document that still is JSON, with a value of another kind than anybody expects: what a tool's next release does.</summary>
internal static class DamagedJson
{
    private static readonly string[] s_values =
        ["null", "true", "0", "-1", "1e308", "99999999999999999999999", "-9223372036854775808", "1.5", "\"\"", "\"x\"", "\"\\ud800\"", "[]", "{}", "[[]]", "[null]", "{\"a\":{}}"];

    /// <summary>Null when the content is no JSON.</summary>
    public static byte[]? Damage(Random random, byte[] content)
    {
        if (Values(content) is not { Count: > 0 } values)
        {
            return null;
        }

        var (start, length) = values[random.Next(values.Count)];
        return [.. content[..start], .. Encoding.UTF8.GetBytes(s_values[random.Next(s_values.Length)]), .. content[(start + length)..]];
    }

    private static List<(int Start, int Length)>? Values(byte[] content)
    {
        var values = new List<(int, int)>();
        var json = new Utf8JsonReader(content);
        try
        {
            while (json.Read())
            {
                if (json.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray))
                {
                    var whole = json;
                    whole.Skip();
                    values.Add(((int)json.TokenStartIndex, (int)(whole.BytesConsumed - json.TokenStartIndex)));
                }
            }

            return values;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
