using System.Globalization;

namespace Nerve.Bench.Programs;

/// <summary>CPU time and resident memory of a process or of one with its children, from <c>/proc</c> (see proc_pid_stat(5)).</summary>
internal readonly record struct Use(TimeSpan Cpu, long ResidentBytes)
{
    /// <summary>The kernel reports in hundredths of a second to everyone (USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    public double ResidentMebibytes => ResidentBytes / 1048576.0;

    public static Use Of(int pid) => Fields(pid) is { } fields ? Read(fields) : throw new InvalidOperationException($"Process {pid} is gone: see its log.");

    /// <summary>With all that it started and that is still there, and the children that have ended.</summary>
    public static Use OfTree(int pid)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var it) ? it : 0)
            .Where(it => it > 0)
            .Select(it => (Pid: it, Fields: Fields(it)))
            .Where(it => it.Fields is not null)
            .ToLookup(it => Number(it.Fields!, 1), it => it);
        var sum = Of(pid);
        var queue = new Queue<int>([pid]);
        while (queue.TryDequeue(out var parent))
        {
            foreach (var (child, fields) in parents[parent])
            {
                var use = Read(fields!);
                sum = new Use(sum.Cpu + use.Cpu, sum.ResidentBytes + use.ResidentBytes);
                queue.Enqueue(child);
            }
        }

        return sum;
    }

    private static Use Read(string[] fields) => new(
        TimeSpan.FromSeconds((Number(fields, 11) + Number(fields, 12) + Number(fields, 13) + Number(fields, 14)) / TicksPerSecond),
        Number(fields, 21) * Environment.SystemPageSize);

    private static long Number(string[] fields, int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);

    private static string[]? Fields(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
