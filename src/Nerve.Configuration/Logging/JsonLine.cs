using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nerve.Configuration.Logging;

/// <summary>A line for programs: one JSON object with the names that .NET's own JSON console uses.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the log is no web page; other scripts than Latin stay readable
        SkipValidation = true,
    };

    public static byte[] Format(LogEvent happened)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", happened.At.UtcDateTime.ToString(LogEvent.TimeFormat, CultureInfo.InvariantCulture));
            json.WriteNumber("EventId", happened.Id.Id);
            json.WriteString("LogLevel", happened.Level.ToString());
            json.WriteString("Category", happened.Category);
            json.WriteString("Message", happened.Message);
            if (happened.Exception is { } exception)
            {
                json.WriteString("Exception", exception.ToString());
            }

            if (happened.State is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                WriteState(json, values);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteState(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("State");
        foreach (var (name, value) in values)
        {
            switch (value)
            {
                case null: json.WriteNull(name); break;
                case bool yes: json.WriteBoolean(name, yes); break;
                case int number: json.WriteNumber(name, number); break;
                case long number: json.WriteNumber(name, number); break;
                case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
                default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }

        json.WriteEndObject();
    }
}
