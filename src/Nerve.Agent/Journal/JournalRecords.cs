using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Agent.Journal;

/// <summary>Written just before the program is started: from here on the run may have run.</summary>
/// <param name="SupervisorPid">Valid as long as the run's lock is held.</param>
/// <param name="BootId">Tells a restart of the host from the death of a supervisor.</param>
internal sealed record StartingRecord(int SupervisorPid, string? BootId);

/// <summary>Written just after the program was started.</summary>
internal sealed record StartedRecord(int Pid, DateTimeOffset StartedAt);

/// <summary>What is left of a run whose result the center has: enough to never start it again.</summary>
/// <param name="KeepUntil">Later, the assignment is expired wherever it comes from.</param>
internal sealed record TombstoneRecord(DateTimeOffset KeepUntil);

/// <summary>A cancel that may have come before its assignment.</summary>
internal sealed record CancelRecord(int GraceSeconds, DateTimeOffset ReceivedAt);

/// <summary>The values of an assignment's secret variables, for the time until it is started.</summary>
internal sealed record SecretsRecord(IReadOnlyDictionary<string, string> Env);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(StartingRecord))]
[JsonSerializable(typeof(StartedRecord))]
[JsonSerializable(typeof(TombstoneRecord))]
[JsonSerializable(typeof(CancelRecord))]
[JsonSerializable(typeof(SecretsRecord))]
internal sealed partial class JournalJsonContext : JsonSerializerContext;
