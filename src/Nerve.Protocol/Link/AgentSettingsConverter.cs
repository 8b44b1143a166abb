using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Nerve.Protocol.Link;

/// <summary>The settings as they are, but written like a document of their own: for what is nested the serializer allocates two kilobytes, which with
/// every heartbeat's answer were a seventh of all that a center allocates.</summary>
internal sealed class AgentSettingsConverter : JsonConverter<AgentSettings>
{
    public override AgentSettings? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, Info(options));

    public override void Write(Utf8JsonWriter writer, AgentSettings value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, Info(options));

    private static JsonTypeInfo<AgentSettings> Info(JsonSerializerOptions options) => (JsonTypeInfo<AgentSettings>)options.GetTypeInfo(typeof(AgentSettings));
}
