using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Nerve.Swarm.Links;

/// <summary>Reads the center's answers. Nearly all heartbeats of a fleet get the same one: what was read last is not read again.</summary>
internal static class ReplyReader<TReply>
{
    private static Known? s_last;

    public static TReply Read(byte[] json, JsonTypeInfo<TReply> type)
    {
        var last = Volatile.Read(ref s_last);
        if (last is null || !last.Json.AsSpan().SequenceEqual(json))
        {
            last = new Known(json, JsonSerializer.Deserialize(json, type)!);
            Volatile.Write(ref s_last, last);
        }

        return last.Reply;
    }

    private sealed record Known(byte[] Json, TReply Reply);
}
