using System.Globalization;
using Nerve.Server.Selectors;

namespace Nerve.Server.Agents;

/// <summary>What a selector says of an agent: its labels, and beside them what is known of its machine.</summary>
/// <remarks>
/// The facts: <c>hostname</c>, <c>cluster</c>, <c>status</c>, <c>os</c>, <c>kernel</c>, <c>arch</c>, <c>agent.version</c>, <c>cpu.model</c>,
/// <c>cpu.threads</c>, <c>memory.gib</c> (rounded to whole GiB), <c>gpu.model</c>, <c>gpu.count</c>. A label of the same name comes first, for
/// somebody chose it. A model may be named by one of its words, which spaces and hyphens part: <c>gpu.model=H100</c> is any
/// <c>NVIDIA H100 80GB HBM3</c>, <c>gpu.model=A100</c> any <c>NVIDIA A100-SXM4-80GB</c>. Of a machine with several models each counts.
/// </remarks>
internal static class AgentSelection
{
    private const double Gibibyte = 1L << 30;

    public static bool Matches(this Selector selector, AgentSummary agent) => selector.Matches(requirement => ValueOf(agent, requirement));

    private static string? ValueOf(AgentSummary agent, Requirement requirement) =>
        agent.Labels.GetValueOrDefault(requirement.Key) ?? requirement.Key switch
        {
            "hostname" => agent.Hostname,
            "cluster" => agent.Cluster,
            "status" => agent.Status.ToString().ToLowerInvariant(),
            "os" => agent.Os,
            "kernel" => agent.Kernel,
            "arch" => agent.Arch,
            "agent.version" => agent.AgentVersion,
            "cpu.model" => Model(agent.CpuModel, requirement),
            "cpu.threads" => Text(agent.CpuThreads),
            "memory.gib" => Text(agent.MemoryBytes is { } bytes ? Math.Round(bytes / Gibibyte) : null),
            "gpu.model" => Model(agent.GpuModel, requirement),
            "gpu.count" => Text(agent.GpuCount),
            _ => null,
        };

    // A machine with several models has them all in one text, with commas; each may be named in full or by a word.
    private static string? Model(string? model, Requirement requirement) =>
        model?.Split(", ").SelectMany(one => one.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries).Append(one))
            .FirstOrDefault(name => requirement.Named.Contains(name, StringComparer.Ordinal)) ?? model;

    private static string? Text(double? number) => number?.ToString(CultureInfo.InvariantCulture);
}
