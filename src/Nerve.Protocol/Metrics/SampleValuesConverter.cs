using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Protocol.Metrics;

/// <summary>An array of numbers and nulls. They are most of what a fleet sends: the serializer's own lists, which double until all are in, were an eighth of
/// what a busy center allocates.</summary>
public sealed class SampleValuesConverter : JsonConverter<IReadOnlyList<double?>>
{
    /// <summary>No more room is made beforehand, whatever the last one had.</summary>
    private const int MostExpected = 512;

    /// <summary>Up to here a double holds every whole number.</summary>
    private const double LargestWhole = 1L << 53;

    /// <summary>Machines of a fleet are alike: the next sample has as many values as the last one, or nearly.</summary>
    private static int s_expected = 32;

    public override IReadOnlyList<double?> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("The values of a sample must be an array of numbers and nulls.");
        }

        var values = new List<double?>(s_expected);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(reader.TokenType == JsonTokenType.Null ? null : reader.TryGetInt64(out var whole) ? whole : reader.GetDouble());
        }

        s_expected = Math.Min(values.Count, MostExpected);
        return values;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double?> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var number in value)
        {
            if (number is { } known)
            {
                Write(writer, known);
            }
            else
            {
                writer.WriteNullValue();
            }
        }

        writer.WriteEndArray();
    }

    /// <summary>Bytes, counts, temperatures and most of a GPU's values are whole, and integers are quicker to write and to read.</summary>
    private static void Write(Utf8JsonWriter writer, double known)
    {
        if (Math.Abs(known) < LargestWhole && Math.Truncate(known) == known)
        {
            writer.WriteNumberValue((long)known);
        }
        else
        {
            writer.WriteNumberValue(known);
        }
    }
}
