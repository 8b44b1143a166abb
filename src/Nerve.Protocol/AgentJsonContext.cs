using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;

namespace Nerve.Protocol;

/// <summary>The same JSON as <see cref="NerveJsonContext"/>, as far as an agent needs it, in half the code: what an agent only writes has no code for
/// reading it.</summary>
/// <remarks>Writing without metadata works only with options that name no converters. So the members of time name theirs, and whoever changes
/// the options (an encoder, say) gets an exception; give the writer what it should do instead.</remarks>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EnrolReply))]
[JsonSerializable(typeof(HelloReply))]
[JsonSerializable(typeof(HeartbeatReply))]
[JsonSerializable(typeof(AgentSettings))]
[JsonSerializable(typeof(ReportReply))]
[JsonSerializable(typeof(OutputReply))]
[JsonSerializable(typeof(RunAssignment))]
[JsonSerializable(typeof(RunCancel))]
[JsonSerializable(typeof(RunFinished))]
// What a probe tells the agent.
[JsonSerializable(typeof(IReadOnlyList<GpuInfo>))]
[JsonSerializable(typeof(IReadOnlyList<DiskInfo>))]
[JsonSerializable(typeof(SmartInfo))]
[JsonSerializable(typeof(IReadOnlyList<RaidInfo>))]
[JsonSerializable(typeof(IReadOnlyList<StorageControllerInfo>))]
[JsonSerializable(typeof(BmcInfo))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(MetricSchema))]
[JsonSerializable(typeof(IReadOnlyList<double?>))]
[JsonSerializable(typeof(IReadOnlyList<CollectionProblem>))]
// A member of time has a converter, and what has one is written by metadata.
[JsonSerializable(typeof(Inventory))]
[JsonSerializable(typeof(InventoryUpdate))]
[JsonSerializable(typeof(MetricSample))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(RunOutput))]
// Only written.
[JsonSerializable(typeof(EnrolRequest), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(Hello), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(Heartbeat), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(Goodbye), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(OsInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(SystemInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(BoardInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(BiosInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ChassisInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(TimeSyncInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(CpuInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(MemoryInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(VolumeInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(FilesystemInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(NetworkInterfaceInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(InfinibandPortInfo), GenerationMode = JsonSourceGenerationMode.Serialization)]
public sealed partial class AgentJsonContext : JsonSerializerContext;
