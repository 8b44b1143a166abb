using System.Diagnostics;
using System.Runtime.CompilerServices;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;

namespace Nerve.Bench.Scenarios;

/// <summary>What it costs to look at this machine once. Run in this process, by the JIT's code rather than the agent's native code,
/// which reads the same files and allocates the same objects.</summary>
internal sealed class CollectorCost : IScenario
{
    private const int Batch = 50;
    private static readonly string[] s_files = ["/proc/stat", "/proc/meminfo", "/proc/vmstat", "/proc/diskstats", "/proc/net/dev", "/proc/mounts"];

    public string Name => "collectors";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var sampler = new MetricSampler(new HostRoot("/"), TimeProvider.System);
        var sample = Costs.Of(() => sampler.Sample(), plan.Rounds, Batch);
        var read = Costs.Of(ReadFiles, plan.Rounds, Batch);
        yield return new Measurement("a sample of metrics, CPU", "ms", 5, sample.CpuMilliseconds, "reading six files of /proc", read.CpuMilliseconds);
        yield return new Measurement("a sample of metrics, allocated", "KiB", 64, sample.AllocatedKibibytes);

        var collector = new InventoryCollector(new HostRoot("/"), TimeProvider.System, "bench", probes: null);
        var inventory = Costs.Of(() => collector.Collect(), plan.Rounds, 5);
        yield return new Measurement("an inventory, CPU", "ms", 300, inventory.CpuMilliseconds, "reading six files of /proc", read.CpuMilliseconds);
        yield return new Measurement("an inventory, elapsed", "ms", 300, inventory.ElapsedMilliseconds);
    }

    private static void ReadFiles()
    {
        foreach (var file in s_files)
        {
            _ = File.ReadAllBytes(file);
        }
    }

    private sealed record Costs(double[] CpuMilliseconds, double[] ElapsedMilliseconds, double[] AllocatedKibibytes)
    {
        public static Costs Of(Action action, int rounds, int batch)
        {
            Repeat(action, batch * 4); // until the JIT has made its best of it
            var costs = Enumerable.Range(0, rounds).Select(_ => Once(action, batch)).ToArray();
            return new Costs(
                [.. costs.Select(it => it.Cpu.TotalMilliseconds)], [.. costs.Select(it => it.Elapsed.TotalMilliseconds)], [.. costs.Select(it => it.Bytes / 1024)]);
        }

        private static (TimeSpan Cpu, TimeSpan Elapsed, double Bytes) Once(Action action, int batch)
        {
            var (cpu, bytes, begun) = (Cpu(), GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
            Repeat(action, batch);
            return ((Cpu() - cpu) / batch, Stopwatch.GetElapsedTime(begun) / batch, (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)batch);
        }

        private static void Repeat(Action action, int times)
        {
            for (var i = 0; i < times; i++)
            {
                action();
            }
        }

        private static TimeSpan Cpu()
        {
            using var self = Process.GetCurrentProcess();
            return self.TotalProcessorTime;
        }
    }
}
