using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Server.Agents;

/// <summary>What the center believes of an agent. The names are in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AgentStatus>))]
public enum AgentStatus
{
    /// <summary>Three heartbeats missed, or it said goodbye.</summary>
    Offline = 0,

    /// <summary>Its link dropped without a goodbye, or this center has just started and has not heard of it yet.</summary>
    Suspect = 1,

    /// <summary>Heard of within the last three heartbeats.</summary>
    Online = 2,
}
