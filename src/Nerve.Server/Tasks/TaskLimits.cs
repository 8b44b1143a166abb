using System.Text.Json.Serialization;
using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>What all processes of a run together may use on its host, which needs cgroup v2 for it; without a limit a run has the host's own.</summary>
/// <param name="CpuPercent">Of one hardware thread, 1 to 100000: 250 is two and a half.</param>
/// <param name="MemoryBytes">4 MiB to 1 PiB. Whoever needs more is killed, and the run with it.</param>
/// <param name="Processes">Processes and threads at a time, 1 to 1000000; more cannot be started.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TaskLimits(int? CpuPercent = null, long? MemoryBytes = null, int? Processes = null)
{
    private const long LeastMemory = 4L << 20;
    private const long MostMemory = 1L << 50;

    public RunLimits ForAgents() => new(CpuPercent, MemoryBytes, Processes);

    public static TaskLimits? Of(RunLimits? limits) =>
        limits is null ? null : new TaskLimits(limits.CpuPercent, limits.MemoryBytes, limits.Processes);

    /// <summary>Each field that cannot be used, and what it must be.</summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (CpuPercent is < 1 or > 100_000)
        {
            yield return ("cpuPercent", "must be between 1 and 100000");
        }

        if (MemoryBytes is < LeastMemory or > MostMemory)
        {
            yield return ("memoryBytes", $"must be between {LeastMemory} and {MostMemory}");
        }

        if (Processes is < 1 or > 1_000_000)
        {
            yield return ("processes", "must be between 1 and 1000000");
        }
    }
}
