using System.Text.Json.Serialization;

namespace Nerve.Agent.Identity;

/// <summary>Who this agent is: an id and the secret that proves it, given by the center at enrolment.</summary>
/// <param name="AgentId">UUIDv7, for ever.</param>
/// <param name="Credential">Secret.</param>
/// <param name="Server">The center that gave it.</param>
/// <param name="Fingerprint">The machine it was given to; see <see cref="MachineFingerprint"/>.</param>
/// <param name="EnrolledAt">When.</param>
internal sealed record AgentIdentity(Guid AgentId, string Credential, string? Server, string? Fingerprint, DateTimeOffset EnrolledAt)
{
    /// <summary>Never the credential: this may end up in a log.</summary>
    public override string ToString() => $"agent {AgentId}";
}

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AgentIdentity))]
internal sealed partial class IdentityJsonContext : JsonSerializerContext;
