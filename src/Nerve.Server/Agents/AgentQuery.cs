using Nerve.Server.Selectors;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Filter, order and page of the fleet table.</summary>
/// <param name="Text">Found in name, address, label, cluster, model or id; case does not matter.</param>
/// <param name="Statuses">Any of these; null means all.</param>
/// <param name="Cluster">Exactly this cluster.</param>
/// <param name="Labels">What the labels must be; null means anything.</param>
/// <param name="Sort">A field of the summary or a listed series, with <c>-</c> in front for the other way round.</param>
internal sealed record AgentQuery(string? Text, IReadOnlySet<AgentStatus>? Statuses, string? Cluster, Selector? Labels, string Sort)
{
    private const string Missing = "\uffff";

    /// <exception cref="ProblemException">A part of it makes no sense.</exception>
    public static AgentQuery Parse(string? q, string? status, string? cluster, string? selector, string? sort) => new(
        string.IsNullOrWhiteSpace(q) ? null : q.Trim(),
        string.IsNullOrEmpty(status) ? null : status.Split(',').Select(ParseStatus).ToHashSet(),
        string.IsNullOrEmpty(cluster) ? null : cluster,
        ParseSelector(selector),
        string.IsNullOrEmpty(sort) ? "hostname" : sort);

    public Page<AgentSummary> Run(AgentDirectory fleet, PageRequest page)
    {
        var key = KeyOf(Sort.TrimStart('-'));
        var order = new Order(Sort.StartsWith('-'));
        var agents = Statuses is null ? fleet.All() : fleet.All(Statuses);
        var matches = agents.Where(Matches).Select(agent => (Place: (Key: key(agent), agent.Id), Agent: agent)).ToList();
        var last = page.Last;
        var rest = matches.Where(item => last is null || order.Compare(item.Place, last.Value) > 0);
        // No more is sorted than is taken.
        var read = rest.OrderBy(item => item.Place, order).Take(page.Limit + 1).Select(item => item.Agent);
        return page.Fill([.. read], agent => (key(agent), agent.Id), matches.Count);
    }

    /// <summary>Either way round, what is missing comes last.</summary>
    private sealed class Order(bool descending) : IComparer<(string Key, Guid Id)>
    {
        public int Compare((string Key, Guid Id) x, (string Key, Guid Id) y)
        {
            var missing = (x.Key == Missing).CompareTo(y.Key == Missing);
            if (missing != 0)
            {
                return missing;
            }

            var order = string.CompareOrdinal(x.Key, y.Key) is var byKey && byKey != 0 ? byKey : x.Id.CompareTo(y.Id);
            return descending ? -order : order;
        }
    }

    private bool Matches(AgentSummary agent) =>
        (Statuses is null || Statuses.Contains(agent.Status))
        && (Cluster is null || agent.Cluster == Cluster)
        && (Labels is null || Labels.Matches(agent))
        && (Text is null || Texts(agent).Any(text => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true));

    /// <summary>One after the other, for most agents are found by their name.</summary>
    private static IEnumerable<string?> Texts(AgentSummary agent)
    {
        yield return agent.Hostname;
        yield return agent.Cluster;
        yield return agent.Os;
        yield return agent.CpuModel;
        yield return agent.GpuModel;
        foreach (var address in agent.Addresses)
        {
            yield return address;
        }

        foreach (var (key, value) in agent.Labels)
        {
            yield return $"{key}={value}";
        }

        yield return agent.Id.ToString();
    }

    private static AgentStatus ParseStatus(string text) => text switch
    {
        "online" => AgentStatus.Online,
        "suspect" => AgentStatus.Suspect,
        "offline" => AgentStatus.Offline,
        _ => throw Problems.Invalid("status", "must be online, suspect or offline, or several of them with commas"),
    };

    private static Selector? ParseSelector(string? text)
    {
        try
        {
            return string.IsNullOrWhiteSpace(text) ? null : Selector.Parse(text);
        }
        catch (SelectorSyntaxException fault)
        {
            throw Problems.Invalid("selector", fault.Message);
        }
    }

    /// <summary>Sort keys as text whose ordinal order is the wanted one, so that one kind of cursor fits all columns.</summary>
    private static Func<AgentSummary, string> KeyOf(string field) => field switch
    {
        "hostname" => agent => agent.Hostname.ToLowerInvariant(),
        "status" => agent => ((int)agent.Status).ToString("D1", null),
        "cluster" => agent => agent.Cluster ?? Missing,
        "labels" => Labelled,
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

    /// <summary>As the table shows them.</summary>
    private static string Labelled(AgentSummary agent) => agent.Labels.Count == 0
        ? Missing
        : string.Join(' ', agent.Labels.Select(label => $"{label.Key}={label.Value}"));

    /// <summary>Non-negative numbers as fixed-width text; what is missing comes last.</summary>
    private static string Number(double? value) =>
        value is { } number ? number.ToString("0000000000000000.000000", System.Globalization.CultureInfo.InvariantCulture) : Missing;
}
