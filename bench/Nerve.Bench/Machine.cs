namespace Nerve.Bench;

/// <summary>Where it was measured.</summary>
internal sealed record Machine(string Processor, int Threads, long MemoryMebibytes, string Kernel)
{
    public static Machine Here() => new(
        Lines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1048576,
        Lines("/proc/sys/kernel/osrelease").FirstOrDefault() ?? "unknown");

    public override string ToString() => $"{Processor}, {Threads} threads, {MemoryMebibytes} MiB, Linux {Kernel}";

    private static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
}
