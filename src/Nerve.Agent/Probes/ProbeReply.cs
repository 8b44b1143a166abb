using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nerve.Agent.Linux;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Probes;

/// <summary>One line from a probe to the agent; each probe fills in its part.</summary>
internal sealed record ProbeReply
{
    public IReadOnlyList<GpuInfo> Gpus { get; init; } = [];

    /// <summary>Health by disk name.</summary>
    public IReadOnlyDictionary<string, SmartInfo> Smart { get; init; } = new Dictionary<string, SmartInfo>();

    /// <summary>Those that the kernel does not know, behind RAID controllers.</summary>
    public IReadOnlyList<DiskInfo> Disks { get; init; } = [];

    public IReadOnlyList<RaidInfo> Raids { get; init; } = [];

    public IReadOnlyList<StorageControllerInfo> Controllers { get; init; } = [];

    public BmcInfo? Bmc { get; init; }

    /// <summary>Space by mount point; those that did not answer in time are in <see cref="Stuck"/>.</summary>
    public IReadOnlyDictionary<string, FilesystemSpace> Spaces { get; init; } = new Dictionary<string, FilesystemSpace>();

    public IReadOnlyList<string> Stuck { get; init; } = [];

    /// <summary>The names of <see cref="Values"/>, when the agent does not have them.</summary>
    public MetricSchema? Schema { get; init; }

    public IReadOnlyList<double?> Values { get; init; } = [];

    public IReadOnlyList<CollectionProblem> Problems { get; init; } = [];

    public byte[] ToLine()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json);
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <exception cref="JsonException">It is none.</exception>
    public static ProbeReply Parse(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        Expect(json.Read() && json.TokenType == JsonTokenType.StartObject);
        var reply = new ProbeReply();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            Expect(json.Read());
            reply = name switch
            {
                "gpus" => reply with { Gpus = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListGpuInfo) ?? [] },
                "smart" => reply with { Smart = ReadMap(ref json, static (ref reader) => JsonSerializer.Deserialize(ref reader, AgentJsonContext.Default.SmartInfo)!) },
                "disks" => reply with { Disks = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListDiskInfo) ?? [] },
                "raids" => reply with { Raids = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListRaidInfo) ?? [] },
                "controllers" => reply with { Controllers = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListStorageControllerInfo) ?? [] },
                "bmc" => reply with { Bmc = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.BmcInfo) },
                "spaces" => reply with { Spaces = ReadMap(ref json, ReadSpace) },
                "stuck" => reply with { Stuck = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListString) ?? [] },
                "schema" => reply with { Schema = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.MetricSchema) },
                "values" => reply with { Values = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListNullableDouble) ?? [] },
                "problems" => reply with { Problems = JsonSerializer.Deserialize(ref json, AgentJsonContext.Default.IReadOnlyListCollectionProblem) ?? [] },
                _ => throw new JsonException($"A probe does not answer with '{name}'."),
            };
        }

        return reply;
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteList(json, "gpus", Gpus, AgentJsonContext.Default.IReadOnlyListGpuInfo);
        WriteList(json, "disks", Disks, AgentJsonContext.Default.IReadOnlyListDiskInfo);
        WriteList(json, "raids", Raids, AgentJsonContext.Default.IReadOnlyListRaidInfo);
        WriteList(json, "controllers", Controllers, AgentJsonContext.Default.IReadOnlyListStorageControllerInfo);
        WriteMap(json, "smart", Smart, static (json, smart) => JsonSerializer.Serialize(json, smart, AgentJsonContext.Default.SmartInfo));
        WriteMap(json, "spaces", Spaces, WriteSpace);
        WriteList(json, "stuck", Stuck, AgentJsonContext.Default.IReadOnlyListString);
        if (Bmc is not null)
        {
            json.WritePropertyName("bmc"u8);
            JsonSerializer.Serialize(json, Bmc, AgentJsonContext.Default.BmcInfo);
        }

        if (Schema is not null)
        {
            json.WritePropertyName("schema"u8);
            JsonSerializer.Serialize(json, Schema, AgentJsonContext.Default.MetricSchema);
        }

        WriteList(json, "values", Values, AgentJsonContext.Default.IReadOnlyListNullableDouble);
        WriteList(json, "problems", Problems, AgentJsonContext.Default.IReadOnlyListCollectionProblem);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> list, JsonTypeInfo<IReadOnlyList<T>> type)
    {
        if (list.Count > 0)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, list, type);
        }
    }

    private static void WriteMap<T>(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, T> map, Action<Utf8JsonWriter, T> write)
    {
        if (map.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            json.WritePropertyName(key);
            write(json, value);
        }

        json.WriteEndObject();
    }

    private delegate T Reading<out T>(ref Utf8JsonReader json);

    private static Dictionary<string, T> ReadMap<T>(ref Utf8JsonReader json, Reading<T> read)
    {
        Expect(json.TokenType == JsonTokenType.StartObject);
        var map = new Dictionary<string, T>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            Expect(json.Read());
            map[name] = read(ref json);
        }

        return map;
    }

    // [total, free, available, inodes, free inodes]
    private static void WriteSpace(Utf8JsonWriter json, FilesystemSpace space)
    {
        json.WriteStartArray();
        json.WriteNumberValue(space.TotalBytes);
        json.WriteNumberValue(space.FreeBytes);
        json.WriteNumberValue(space.AvailableBytes);
        json.WriteNumberValue(space.Inodes);
        json.WriteNumberValue(space.FreeInodes);
        json.WriteEndArray();
    }

    private static FilesystemSpace ReadSpace(ref Utf8JsonReader json)
    {
        Span<long> numbers = stackalloc long[5];
        foreach (ref var number in numbers)
        {
            Expect(json.Read() && json.TryGetInt64(out number));
        }

        Expect(json.Read() && json.TokenType == JsonTokenType.EndArray);
        return new FilesystemSpace(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }

    private static void Expect(bool sound)
    {
        if (!sound)
        {
            throw new JsonException("A probe's answer is cut short or is none.");
        }
    }
}
