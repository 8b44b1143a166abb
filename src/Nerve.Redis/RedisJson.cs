using System.Text.Json;
using Nerve.Protocol;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>How nodes write what they share.</summary>
internal static class RedisJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new UtcMillisecondsConverter() },
        RespectRequiredConstructorParameters = true,
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, s_options);

    /// <summary>Null for what makes no sense here: a stranger may write into Redis too, or a node of another version.</summary>
    public static T? Read<T>(RedisValue value)
        where T : class
    {
        try
        {
            return value.IsNull ? null : JsonSerializer.Deserialize<T>((byte[])value!, s_options);
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
