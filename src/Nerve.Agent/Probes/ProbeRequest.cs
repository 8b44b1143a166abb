using System.Text.Json;

namespace Nerve.Agent.Probes;

/// <summary>One line from the agent to a probe.</summary>
/// <param name="Ask">What for.</param>
/// <param name="Schema">Of a sample: the schema that the agent has already.</param>
/// <param name="Names">Which disks or mount points.</param>
/// <param name="PatienceMilliseconds">How long the probe may gather before it answers with what it has.</param>
/// <param name="PeriodSeconds">For how long what the probe knows is good, where asking is slow; null leaves that to the probe.</param>
internal sealed record ProbeRequest(
    ProbeAsk Ask, string? Schema = null, IReadOnlyList<string>? Names = null, int PatienceMilliseconds = 0, int? PeriodSeconds = null)
{
    public byte[] ToLine()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("ask"u8, (int)Ask);
            if (Schema is not null)
            {
                json.WriteString("schema"u8, Schema);
            }

            if (Names is { Count: > 0 })
            {
                json.WriteStartArray("names"u8);
                foreach (var name in Names)
                {
                    json.WriteStringValue(name);
                }

                json.WriteEndArray();
            }

            json.WriteNumber("patience"u8, PatienceMilliseconds);
            if (PeriodSeconds is { } period)
            {
                json.WriteNumber("period"u8, period);
            }

            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <exception cref="JsonException">It is none.</exception>
    public static ProbeRequest Parse(ReadOnlyMemory<byte> line)
    {
        using var json = JsonDocument.Parse(line);
        var request = json.RootElement;
        return new ProbeRequest(
            (ProbeAsk)request.GetProperty("ask"u8).GetInt32(),
            request.TryGetProperty("schema"u8, out var schema) ? schema.GetString() : null,
            request.TryGetProperty("names"u8, out var names) ? [.. names.EnumerateArray().Select(name => name.GetString() ?? "")] : null,
            request.TryGetProperty("patience"u8, out var patience) ? patience.GetInt32() : 0,
            request.TryGetProperty("period"u8, out var period) ? period.GetInt32() : null);
    }
}

internal enum ProbeAsk
{
    /// <summary>What there is; may take seconds.</summary>
    Inventory,

    /// <summary>How it is now.</summary>
    Sample,
}
