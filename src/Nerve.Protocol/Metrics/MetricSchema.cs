using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Nerve.Protocol.Metrics;

/// <summary>The names of the values in a sample, in their order. Sent once; samples then carry values only.</summary>
/// <param name="Id">The first 16 hexadecimal digits of SHA-256 over the names in UTF-8, each followed by a line feed. Agents of the same shape share one.</param>
/// <param name="Series">Names such as <c>filesystem.used_percent{mount="/"}</c>, unique, at most 4096 of at most 256 characters.</param>
public sealed record MetricSchema(string Id, IReadOnlyList<string> Series)
{
    public const int MaxSeries = 4096;
    public const int MaxNameLength = 256;

    public static MetricSchema Of(IReadOnlyList<string> series) => new(IdOf(series), series);

    /// <summary>The <see cref="Id"/> of these names.</summary>
    public static string IdOf(IReadOnlyList<string> series)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in series)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData("\n"u8);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}

/// <summary>The values of one moment.</summary>
/// <param name="At">When they were read, by the agent's clock.</param>
/// <param name="Schema">The id of its <see cref="MetricSchema"/>.</param>
/// <param name="Values">One per name of the schema; null where there is no value at this moment.</param>
public sealed record MetricSample(
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset At,
    string Schema,
    [property: JsonConverter(typeof(SampleValuesConverter))] IReadOnlyList<double?> Values);
