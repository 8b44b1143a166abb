using System.Globalization;

namespace Nerve.Swarm.Measuring;

/// <summary>CPU time and resident memory of a process of this machine, from <c>/proc</c> (see proc_pid_stat(5)).</summary>
internal readonly record struct ProcessUse(TimeSpan Cpu, long ResidentBytes)
{
    /// <summary>The kernel reports in hundredths of a second to everyone (USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    public static ProcessUse? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return new ProcessUse(
                TimeSpan.FromSeconds(ticks / TicksPerSecond),
                long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
