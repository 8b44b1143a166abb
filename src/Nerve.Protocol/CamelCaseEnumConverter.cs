using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Protocol;

/// <summary>Enums travel as their camelCase names; numbers are refused.</summary>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
