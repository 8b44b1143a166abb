using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Protocol;

/// <summary>Times travel as ISO 8601 in UTC with milliseconds: <c>2026-01-31T08:15:30.250Z</c>. Any offset is understood.</summary>
public sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var value)
            ? value.ToUniversalTime()
            : throw new JsonException("A time must be an ISO 8601 string such as 2026-01-31T08:15:30.250Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
}
