using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Server.Shared;

namespace Nerve.Server.Portable;

/// <summary>Every text as every store can keep it, so that a record's checksum does not depend on where it lies.</summary>
internal sealed class StorableTextConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? StorableText.Of(reader.GetString()!) : throw new JsonException($"{reader.TokenType} is no text");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(StorableText.Of(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        StorableText.Of(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(StorableText.Of(value));
}
