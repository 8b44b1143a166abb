using System.Text.Json;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>What AMD's tools know of a card that the driver's files do not: mostly its trade name. The JSON of <c>rocm-smi</c> has a text for every
/// value, and names that change from release to release.</summary>
internal static class RocmSmi
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);
    private static readonly string[] s_programs = ["/opt/rocm/bin/rocm-smi", "/usr/bin/rocm-smi"];

    /// <summary>What the installed tool says; null when there is none.</summary>
    public static IReadOnlyList<GpuInfo>? Ask()
    {
        var successor = Array.Find(AmdSmi.Programs, File.Exists);
        if (successor is not null && ChildProgram.Run(successor, AmdSmi.Arguments, s_deadline).Output is { } report)
        {
            return AmdSmi.Parse(report);
        }

        if (Array.Find(s_programs, File.Exists) is not { } program)
        {
            return successor is null ? null : [];
        }

        var run = ChildProgram.Run(program, ["--showproductname", "--showserial", "--showuniqueid", "--showbus", "--showvbios", "--json"], s_deadline);
        return run.Output is { } output ? Parse(output) : [];
    }

    internal static IReadOnlyList<GpuInfo> Add(IReadOnlyList<GpuInfo> gpus, IReadOnlyList<GpuInfo> cards) =>
    [
        .. gpus.Select(gpu => cards.FirstOrDefault(card => string.Equals(card.PciAddress, gpu.PciAddress, StringComparison.OrdinalIgnoreCase)) is { } card
            ? gpu with
            {
                Model = gpu.Model ?? card.Model,
                Serial = gpu.Serial ?? card.Serial,
                Uuid = gpu.Uuid ?? card.Uuid,
                Vbios = gpu.Vbios ?? card.Vbios,
                PartNumber = gpu.PartNumber ?? card.PartNumber,
                DriverVersion = gpu.DriverVersion ?? card.DriverVersion,
            }
            : gpu),
    ];

    /// <summary>The cards of a report; none when it is no report.</summary>
    internal static IReadOnlyList<GpuInfo> Parse(ReadOnlyMemory<byte> output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            var cards = new List<GpuInfo>();
            foreach (var part in json.RootElement.EnumerateObject())
            {
                if (IsCard(part))
                {
                    cards.Add(Describe(part.Value));
                }
            }

            return cards;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static bool IsCard(JsonProperty part) =>
        part.Name.StartsWith("card", StringComparison.Ordinal) && part.Value.ValueKind == JsonValueKind.Object;

    private static GpuInfo Describe(JsonElement card)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in card.EnumerateObject())
        {
            if (value.Value.ValueKind == JsonValueKind.String)
            {
                values.TryAdd(value.Name, value.Value.GetString()!);
            }
        }

        return new GpuInfo
        {
            Vendor = "AMD",
            PciAddress = Value("PCI Bus")?.ToLowerInvariant(),
            // Old releases write a number where they have no name.
            Model = Value("Card series") is { } series && !series.StartsWith("0x", StringComparison.Ordinal) ? series : null,
            Serial = Value("Serial Number") is { } serial && serial != "0" ? serial : null,
            Uuid = Value("Unique ID"),
            Vbios = Value("VBIOS version"),
            MemoryBytes = Linux.Number.Long(Value("VRAM Total Memory (B)")),
            PowerLimitWatts = Linux.Number.Double(Value("Max Graphics Package Power (W)")),
        };

        string? Value(string name) => values.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } text && text != "N/A" ? text : null;
    }
}
