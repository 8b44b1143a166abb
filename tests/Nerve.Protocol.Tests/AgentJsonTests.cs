using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol.Link;

namespace Nerve.Protocol.Tests;

/// <summary>An agent writes and reads by other code than the center; what is on the wire is the same.</summary>
public sealed class AgentJsonTests
{
    public static TheoryData<Type> Messages { get; } = [.. Declared().Select(Of)];

    public static TheoryData<Type> MessagesThatAgentsRead { get; } = [.. Declared().Where(declared => !IsOnlyWritten(declared)).Select(Of)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Write_EveryMemberSet_IsWhatTheCenterWrites(Type message)
    {
        var value = Filled.Make(message);

        Assert.Equal(
            JsonSerializer.Serialize(value, message, NerveJsonContext.Default.Options),
            JsonSerializer.Serialize(value, message, AgentJsonContext.Default.Options));
    }

    [Theory]
    [MemberData(nameof(MessagesThatAgentsRead))]
    public void Read_EveryMemberSet_IsWhatTheCenterWrote(Type message)
    {
        var written = JsonSerializer.Serialize(Filled.Make(message), message, NerveJsonContext.Default.Options);

        var read = JsonSerializer.Deserialize(written, message, AgentJsonContext.Default.Options);

        Assert.Equal(written, JsonSerializer.Serialize(read, message, NerveJsonContext.Default.Options));
    }

    [Fact]
    public void EveryMessageOfTheLink_IsKnownToTheAgent()
    {
        var calls = typeof(IAgentGateway).GetMethods().Concat(typeof(IAgentPeer).GetMethods()).ToList();
        var messages = calls.SelectMany(call => call.GetParameters()).Select(parameter => parameter.ParameterType)
            .Concat(calls.SelectMany(call => call.ReturnType.GetGenericArguments()));

        Assert.All(messages, message => Assert.NotNull(AgentJsonContext.Default.GetTypeInfo(message)));
    }

    private static List<CustomAttributeData> Declared() =>
        [.. typeof(AgentJsonContext).GetCustomAttributesData().Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))];

    private static Type Of(CustomAttributeData declared) => (Type)declared.ConstructorArguments[0].Value!;

    /// <summary>And the inventory, of which an agent reads parts only.</summary>
    private static bool IsOnlyWritten(CustomAttributeData declared) =>
        declared.NamedArguments.Any(argument => argument.MemberName == nameof(JsonSerializableAttribute.GenerationMode))
        || Of(declared) == typeof(Inventories.Inventory);
}
