using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Nerve.Swarm.Links;

/// <summary>The frames of SignalR's JSON hub protocol, version 1: JSON objects, each followed by the record separator 0x1E.</summary>
/// <remarks>Source: ASP.NET Core, <c>docs/specs/HubProtocol.md</c>. Written by hand because a client object per agent costs more than
/// the center that is to be measured.</remarks>
internal static class HubFrames
{
    public const byte Separator = 0x1e;

    public static ReadOnlyMemory<byte> Handshake { get; } = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();

    public static ReadOnlyMemory<byte> Ping { get; } = "{\"type\":6}\u001e"u8.ToArray();

    /// <summary>An invocation of a method with one argument.</summary>
    public static void WriteInvocation<T>(IBufferWriter<byte> buffer, string method, long id, T argument, JsonTypeInfo<T> type)
    {
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type"u8, 1);
            writer.WriteString("invocationId"u8, id.ToString(CultureInfo.InvariantCulture));
            writer.WriteString("target"u8, method);
            writer.WriteStartArray("arguments"u8);
            JsonSerializer.Serialize(writer, argument, type);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        buffer.Write([Separator]);
    }
}
