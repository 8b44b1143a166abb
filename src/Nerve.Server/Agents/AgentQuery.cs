using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Filter, order and page of the fleet table.</summary>
/// <param name="Text">Found in name, address, label, cluster, model or id; case does not matter.</param>
/// <param name="Statuses">Any of these; null means all.</param>
/// <param name="Cluster">Exactly this cluster.</param>
/// <param name="Sort">A field of the summary or a listed series, with <c>-</c> in front for the other way round.</param>
internal sealed record AgentQuery(string? Text, IReadOnlySet<AgentStatus>? Statuses, string? Cluster, string Sort)
{
    private const string Missing = "\uffff";

    public static AgentQuery Parse(string? q, string? status, string? cluster, string? sort) => new(
        string.IsNullOrWhiteSpace(q) ? null : q.Trim(),
        string.IsNullOrEmpty(status) ? null : status.Split(',').Select(ParseStatus).ToHashSet(),
        string.IsNullOrEmpty(cluster) ? null : cluster,
        string.IsNullOrEmpty(sort) ? "hostname" : sort);

    public Page<AgentSummary> Run(IEnumerable<AgentSummary> fleet, PageRequest page)
    {
        var descending = Sort.StartsWith('-');
        var key = KeyOf(Sort.TrimStart('-'));
        var matches = fleet.Where(Matches).Select(agent => (Key: key(agent), Agent: agent)).ToList();
        var direction = descending ? -1 : 1;
        matches.Sort((a, b) => direction * Compare((a.Key, a.Agent.Id), (b.Key, b.Agent.Id)));

        var from = page.Cursor is null ? 0 : FirstAfter(matches, Cursor.Decode(page.Cursor), direction);
        var items = matches.Skip(from).Take(page.Limit).ToList();
        var more = from + items.Count < matches.Count;
        return new Page<AgentSummary>(
            [.. items.Select(item => item.Agent)], more ? Cursor.Encode(items[^1].Key, items[^1].Agent.Id) : null, matches.Count);
    }

    private static int FirstAfter(List<(string Key, AgentSummary Agent)> sorted, (string Key, Guid Id) last, int direction)
    {
        var index = sorted.FindIndex(item => direction * Compare((item.Key, item.Agent.Id), last) > 0);
        return index < 0 ? sorted.Count : index;
    }

    private static int Compare((string Key, Guid Id) left, (string Key, Guid Id) right) =>
        string.CompareOrdinal(left.Key, right.Key) is var order && order != 0 ? order : left.Id.CompareTo(right.Id);

    private bool Matches(AgentSummary agent) =>
        (Statuses is null || Statuses.Contains(agent.Status))
        && (Cluster is null || agent.Cluster == Cluster)
        && (Text is null || Texts(agent).Any(text => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true));

    private static IEnumerable<string?> Texts(AgentSummary agent) =>
    [
        agent.Hostname, agent.Cluster, agent.Os, agent.CpuModel, agent.GpuModel, agent.Id.ToString(),
        .. agent.Addresses, .. agent.Labels.Select(label => $"{label.Key}={label.Value}"),
    ];

    private static AgentStatus ParseStatus(string text) =>
        Enum.TryParse<AgentStatus>(text, ignoreCase: true, out var status) && !char.IsDigit(text[0])
            ? status
            : throw Problems.Invalid("status", "must be online, suspect or offline, or several of them with commas");

    /// <summary>Sort keys as text whose ordinal order is the wanted one, so that one kind of cursor fits all columns.</summary>
    private static Func<AgentSummary, string> KeyOf(string field) => field switch
    {
        "hostname" => agent => agent.Hostname.ToLowerInvariant(),
        "status" => agent => ((int)agent.Status).ToString("D1", null),
        "cluster" => agent => agent.Cluster ?? Missing,
        "os" => agent => agent.Os ?? Missing,
        "agentVersion" => agent => agent.AgentVersion ?? Missing,
        "cpuModel" => agent => agent.CpuModel ?? Missing,
        "gpuModel" => agent => agent.GpuModel ?? Missing,
        "cpuThreads" => agent => Number(agent.CpuThreads),
        "gpuCount" => agent => Number(agent.GpuCount),
        "memoryBytes" => agent => Number(agent.MemoryBytes),
        "enrolledAt" => agent => Number(agent.EnrolledAt.ToUnixTimeMilliseconds()),
        "lastSeenAt" => agent => Number(agent.LastSeenAt?.ToUnixTimeMilliseconds()),
        _ when AgentSummary.ListedSeries.Contains(field) => agent => Number(agent.Metrics.GetValueOrDefault(field)),
        _ => throw Problems.Invalid("sort", $"cannot be '{field}'; use a column of the list"),
    };

    /// <summary>Non-negative numbers as fixed-width text; what is missing comes last.</summary>
    private static string Number(double? value) =>
        value is { } number ? number.ToString("0000000000000000.000000", System.Globalization.CultureInfo.InvariantCulture) : Missing;
}
