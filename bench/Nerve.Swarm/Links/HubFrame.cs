using System.Buffers.Text;
using System.Text.Json;

namespace Nerve.Swarm.Links;

/// <summary>What a link needs to know of a frame that came, found in one pass and without a document.</summary>
internal readonly ref struct HubFrame
{
    public const int Invocation = 1;
    public const int Completion = 3;
    public const int Close = 7;

    public int Type { get; private init; }

    public long InvocationId { get; private init; }

    /// <summary>Of a completion, as JSON; empty: none.</summary>
    public ReadOnlySpan<byte> Result { get; private init; }

    public string? Error { get; private init; }

    public static HubFrame Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var frame = new HubFrame();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            frame = ReadMember(frame, ref reader, json);
        }

        return frame;
    }

    private static HubFrame ReadMember(HubFrame frame, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            return frame with { Type = reader.GetInt32() };
        }

        if (reader.ValueTextEquals("invocationId"u8))
        {
            reader.Read();
            return frame with { InvocationId = Utf8Parser.TryParse(reader.ValueSpan, out long id, out _) ? id : 0 };
        }

        if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            return frame with { Error = reader.GetString() };
        }

        var isResult = reader.ValueTextEquals("result"u8);
        reader.Read();
        var from = (int)reader.TokenStartIndex;
        reader.Skip();
        return isResult ? frame with { Result = json[from..(int)reader.BytesConsumed] } : frame;
    }
}
