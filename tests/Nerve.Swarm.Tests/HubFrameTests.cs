using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Swarm.Links;

namespace Nerve.Swarm.Tests;

/// <summary>The swarm's own reading and writing of SignalR's frames, beside the framework's.</summary>
public class HubFrameTests
{
    private static readonly JsonHubProtocol s_protocol = new();

    /// <summary>As the frame's own: what is inside a result must not be taken for them.</summary>
    private static readonly string[] s_names = ["type", "invocationId", "error"];

    private static readonly Gen<string?> s_text = Gen.String[Gen.Char['\0', '\ud7ff'], 0, 20].Select(text => (string?)text);

    private static readonly Gen<JsonNode?> s_scalar = Gen.OneOf(
        Gen.Const((JsonNode?)null),
        Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Bool.Select(truth => (JsonNode?)JsonValue.Create(truth)),
        s_text.Select(text => (JsonNode?)JsonValue.Create(text)));

    private static readonly Gen<JsonNode?> s_json = Gen.Recursive<JsonNode?>((depth, json) => depth > 3
        ? s_scalar
        : Gen.OneOf(s_scalar, json.Array[0, 3].Select(ArrayOf), json.Array[0, 3].Select(ObjectOf)));

    [Fact]
    public void Read_CompletionWithAnyResult_IsWhatTheFrameworkWrote() =>
        Gen.Select(Gen.Long[0, long.MaxValue], s_json).Sample((id, result) =>
        {
            var frame = HubFrame.Read(Written(CompletionMessage.WithResult(id.ToString(null, null), result)));

            Assert.Equal((HubFrame.Completion, id, null), (frame.Type, frame.InvocationId, frame.Error));
            Assert.True(JsonNode.DeepEquals(result, JsonNode.Parse(frame.Result)));
        });

    [Fact]
    public void Read_CompletionWithAnyError_IsWhatTheFrameworkWrote() =>
        Gen.Select(Gen.Long[0, long.MaxValue], s_text.Where(text => text is not "")).Sample((id, error) =>
        {
            var frame = HubFrame.Read(Written(CompletionMessage.WithError(id.ToString(null, null), error)));

            Assert.Equal((HubFrame.Completion, id, error), (frame.Type, frame.InvocationId, frame.Error));
            Assert.True(frame.Result.IsEmpty);
        });

    [Fact]
    public void Read_OtherFrames_AreKnownByTheirType()
    {
        Assert.True(HubFrame.Read(Written(CompletionMessage.Empty("7"))) is { Type: HubFrame.Completion, InvocationId: 7, Error: null, Result.IsEmpty: true });
        Assert.Equal(HubFrame.Invocation, HubFrame.Read(Written(new InvocationMessage("Run", [new { runId = 1 }]))).Type);
        Assert.Equal(6, HubFrame.Read(Written(PingMessage.Instance)).Type);
        Assert.True(HubFrame.Read(Written(new CloseMessage("stopping"))) is { Type: HubFrame.Close, Error: "stopping" });
    }

    [Theory]
    [InlineData("""{"type":3,"invocationId":"5","result":{"type":7}}""")]
    [InlineData("""{"result":{"type":7},"invocationId":"5","type":3}""")]
    [InlineData("""{ "invocationId" : "5", "headers" : {"error":"none","invocationId":"9"}, "result" : {"type":7}, "type" : 3 }""")]
    public void Read_MembersInAnyOrder_AreTheSame(string json)
    {
        var frame = HubFrame.Read(Encoding.UTF8.GetBytes(json));

        Assert.Equal((3, 5L, null), (frame.Type, frame.InvocationId, frame.Error));
        Assert.Equal("""{"type":7}""", Encoding.UTF8.GetString(frame.Result));
    }

    [Fact]
    public void WriteInvocation_IsReadByTheFramework()
    {
        var buffer = new ArrayBufferWriter<byte>();
        HubFrames.WriteInvocation(buffer, "Goodbye", 42, new Goodbye("停 \"now\"\u001e"), NerveJsonContext.Default.Goodbye);

        var written = new ReadOnlySequence<byte>(buffer.WrittenMemory);
        Assert.True(s_protocol.TryParseMessage(ref written, new OneArgument(), out var message));
        var invocation = Assert.IsType<InvocationMessage>(message);
        Assert.Equal(("42", "Goodbye"), (invocation.InvocationId, invocation.Target));
        Assert.Equal("停 \"now\"\u001e", Assert.IsType<JsonElement>(invocation.Arguments.Single()).GetProperty("reason").GetString());
        Assert.True(written.IsEmpty);
    }

    private static JsonNode? ArrayOf(JsonNode?[] items) => new JsonArray([.. items.Select(item => item?.DeepClone())]);

    private static JsonNode? ObjectOf(JsonNode?[] items) =>
        new JsonObject(items.Select((item, i) => KeyValuePair.Create(s_names[i], item?.DeepClone())));

    /// <summary>Without the record separator, as the link hands it on.</summary>
    private static ReadOnlySpan<byte> Written(HubMessage message) => s_protocol.GetMessageBytes(message).Span[..^1];

    private sealed class OneArgument : IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [typeof(JsonElement)];

        public Type GetReturnType(string invocationId) => typeof(JsonElement);

        public Type GetStreamItemType(string streamId) => typeof(JsonElement);
    }
}
