using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;

namespace Nerve.Protocol;

/// <summary>The JSON of everything on the wire, without reflection.</summary>
/// <remarks>Members with a default have a setter: whoever is older than a member does not write it, and of an <c>init</c> the generated code then makes
/// null instead of the default.</remarks>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    // The other mode writes faster code that no one calls: it cannot use converters.
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(UtcMillisecondsConverter)],
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EnrolRequest))]
[JsonSerializable(typeof(EnrolReply))]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(HelloReply))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatReply))]
[JsonSerializable(typeof(AgentSettings))]
[JsonSerializable(typeof(Goodbye))]
[JsonSerializable(typeof(ReportReply))]
[JsonSerializable(typeof(OutputReply))]
[JsonSerializable(typeof(Inventory))]
[JsonSerializable(typeof(InventoryUpdate))]
[JsonSerializable(typeof(MetricSample))]
[JsonSerializable(typeof(RunAssignment))]
[JsonSerializable(typeof(RunCancel))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(RunOutput))]
[JsonSerializable(typeof(RunFinished))]
public sealed partial class NerveJsonContext : JsonSerializerContext;
