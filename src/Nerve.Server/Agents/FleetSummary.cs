using System.Text.Json.Serialization;

namespace Nerve.Server.Agents;

/// <summary>The whole fleet in a few numbers.</summary>
/// <param name="Clusters">That agents are in, in order.</param>
/// <param name="Capacity">What the agents that are online have together.</param>
/// <param name="Averages">Over the agents that are online, of the series that lists show; one that none of them reports is left out.</param>
public sealed record FleetSummary(
    int Total, int Online, int Suspect, int Offline, IReadOnlyList<string> Clusters, FleetCapacity Capacity, IReadOnlyDictionary<string, FleetMean> Averages)
{
    public static FleetSummary Of(IReadOnlyList<AgentSummary> fleet)
    {
        var online = fleet.Where(agent => agent.Status == AgentStatus.Online).ToList();
        return new FleetSummary(
            fleet.Count, online.Count, fleet.Count(agent => agent.Status == AgentStatus.Suspect), fleet.Count(agent => agent.Status == AgentStatus.Offline),
            [.. fleet.Select(agent => agent.Cluster).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            FleetCapacity.Of(online),
            AgentSummary.ListedSeries.Select(series => (Series: series, Mean: FleetMean.Of(online, series)))
                .Where(average => average.Mean is not null).ToDictionary(average => average.Series, average => average.Mean!));
    }
}

/// <summary>Sums over those agents of which it is known; what is known of none is left out.</summary>
public sealed record FleetCapacity(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? CpuThreads = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MemoryBytes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? GpuCount = null)
{
    internal static FleetCapacity Of(IReadOnlyList<AgentSummary> agents) => new(
        Sum(agents, agent => agent.CpuThreads), Sum(agents, agent => agent.MemoryBytes), Sum(agents, agent => agent.GpuCount));

    private static long? Sum(IReadOnlyList<AgentSummary> agents, Func<AgentSummary, long?> what) =>
        agents.Any(agent => what(agent) is not null) ? agents.Sum(what) : null;
}

/// <param name="Agents">Those that report it.</param>
public sealed record FleetMean(double Mean, int Agents)
{
    internal static FleetMean? Of(IReadOnlyList<AgentSummary> agents, string series)
    {
        var values = agents.Select(agent => agent.Metrics.GetValueOrDefault(series)).OfType<double>().ToList();
        return values.Count == 0 ? null : new FleetMean(values.Average(), values.Count);
    }
}
