using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;

namespace Nerve.Server.Portable;

/// <summary>One kind of record, each a line of JSON.</summary>
public abstract class Section(string name)
{
    /// <summary>In the order in which they are written: what is referred to comes first. The names are those of the backup's format.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new Of<User>("users"),
        new Of<ApiToken>("api_tokens"),
        new Of<EnrolToken>("enrol_tokens"),
        new Of<Agent>("agents"),
        new Of<FleetSettings>("fleet_settings"),
        new Of<InventorySnapshot>("inventories"),
        new Of<MetricSchema>("metric_schemas"),
        new Of<NerveTask>("tasks"),
        new Of<Run>("runs"),
        new Of<RunOutput>("run_outputs"),
        new Of<AuditEntry>("audit"),
        new Of<StaleHour>("stale_hours"),
        new Of<RollUp>("rollups"),
        new Of<StoredSample>("samples"),
    ];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(), new StorableTextConverter() },
    };

    public string Name { get; } = name;

    /// <summary>The first section that has a record in it; null for an empty database.</summary>
    public static async Task<Section?> FirstFilledAsync(IPortableStorage storage, CancellationToken cancellationToken)
    {
        await using var snapshot = await storage.SnapshotAsync(cancellationToken);
        foreach (var section in All)
        {
            if (await section.ReadAsync(snapshot, cancellationToken).AnyAsync(cancellationToken))
            {
                return section;
            }
        }

        return null;
    }

    public abstract IAsyncEnumerable<string> ReadAsync(ISnapshot snapshot, CancellationToken cancellationToken);

    /// <exception cref="JsonException">A line is no such record.</exception>
    public abstract Task ImportAsync(IPortableStorage target, IReadOnlyList<string> lines, CancellationToken cancellationToken);

    /// <summary>The line that a store which took this record will have; it differs where an older program wrote it.</summary>
    /// <exception cref="JsonException">The line is no such record.</exception>
    public abstract string Normalise(string line);

    public async Task<SectionSum> SumAsync(ISnapshot snapshot, CancellationToken cancellationToken)
    {
        var sum = default(SectionSum);
        await foreach (var line in ReadAsync(snapshot, cancellationToken))
        {
            sum = sum.With(line);
        }

        return sum;
    }

    private sealed class Of<T>(string name) : Section(name)
        where T : class
    {
        public override async IAsyncEnumerable<string> ReadAsync(ISnapshot snapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var record in snapshot.ReadAsync<T>(cancellationToken))
            {
                yield return Text(record);
            }
        }

        public override Task ImportAsync(IPortableStorage target, IReadOnlyList<string> lines, CancellationToken cancellationToken) =>
            target.ImportAsync([.. lines.Select(Parse)], cancellationToken);

        public override string Normalise(string line) => Text(Parse(line));

        private static string Text(T record) => JsonSerializer.Serialize(record, s_json);

        private static T Parse(string line) => JsonSerializer.Deserialize<T>(line, s_json) ?? throw new JsonException("null is no record");
    }
}
