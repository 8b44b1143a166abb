using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Server.Identity;

/// <summary>What a person or program may do. Each role includes the ones before it. The names are in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Role>))]
public enum Role
{
    /// <summary>Sees everything, changes nothing.</summary>
    Viewer = 1,

    /// <summary>Runs and cancels tasks, labels and removes hosts.</summary>
    Operator = 2,

    /// <summary>Manages users and tokens.</summary>
    Admin = 3,
}
