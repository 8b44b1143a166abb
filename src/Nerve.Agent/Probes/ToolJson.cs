using System.Text.Json;

namespace Nerve.Agent.Probes;

/// <summary>Reads the JSON of tools, of which any part may be missing, or of another kind than in the last release.</summary>
internal static class ToolJson
{
    /// <summary>What <paramref name="read"/> makes of a document; null when the output is none.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> output, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            return read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static JsonElement? At(JsonElement? from, params ReadOnlySpan<string> path)
    {
        var at = from;
        foreach (var name in path)
        {
            at = at is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var child) ? child : null;
        }

        return at;
    }

    /// <summary>What <paramref name="read"/> makes of each element, where it makes something; nothing when it is no list.</summary>
    public static List<T> Each<T>(JsonElement? list, Func<JsonElement, T?> read)
        where T : class
    {
        var found = new List<T>();
        if (list is { ValueKind: JsonValueKind.Array } items)
        {
            foreach (var item in items.EnumerateArray())
            {
                if (read(item) is { } one)
                {
                    found.Add(one);
                }
            }
        }

        return found;
    }

    public static JsonElement? First(JsonElement? list) => list is { ValueKind: JsonValueKind.Array } items && items.GetArrayLength() > 0 ? items[0] : null;

    /// <summary>Text or a number as text, without surrounding white space; null when nothing is left.</summary>
    public static string? Text(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Trim() is { Length: > 0 } trimmed ? trimmed : null,
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    public static double? Number(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var result) && double.IsFinite(result) ? result : null;

    public static long? Whole(JsonElement? value) => value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var result) ? result : null;

    public static bool? Flag(JsonElement? value) => value?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
}
