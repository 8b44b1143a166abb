namespace Nerve.Agent.Metrics;

/// <summary>Ticks since boot. User time has what was spent for guests in it.</summary>
internal readonly record struct CpuTimes(ulong User, ulong System, ulong Idle, ulong IoWait, ulong Steal)
{
    public ulong Busy => User + System + Steal;

    public ulong Total => Busy + Idle + IoWait;

    /// <summary>From <c>cpu  user nice system idle iowait irq softirq steal guest guest_nice</c>; old kernels have fewer.</summary>
    public static CpuTimes? Parse(ReadOnlySpan<byte> stat)
    {
        var end = stat.IndexOf((byte)'\n');
        var fields = new Fields(end < 0 ? stat : stat[..end]);
        if (!fields.Next().SequenceEqual("cpu"u8)
            || fields.Count() is not { } user || fields.Count() is not { } nice || fields.Count() is not { } system || fields.Count() is not { } idle)
        {
            return null;
        }

        var ioWait = fields.Count() ?? 0;
        var interrupts = (fields.Count() ?? 0) + (fields.Count() ?? 0);
        return new CpuTimes(user + nice, system + interrupts, idle, ioWait, fields.Count() ?? 0);
    }

    /// <summary>What was added; null after a reset. Idle and waiting time do run backwards a little on tickless kernels
    /// (proc_stat(5)), which counts as standing still.</summary>
    public CpuTimes? Since(CpuTimes earlier) =>
        User < earlier.User || System < earlier.System || Steal < earlier.Steal
            ? null
            : new CpuTimes(User - earlier.User, System - earlier.System, Grown(Idle, earlier.Idle), Grown(IoWait, earlier.IoWait), Steal - earlier.Steal);

    private static ulong Grown(ulong now, ulong earlier) => now > earlier ? now - earlier : 0;
}
