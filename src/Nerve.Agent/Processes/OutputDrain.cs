namespace Nerve.Agent.Processes;

/// <summary>Reads what a program that has ended has written.</summary>
internal static class OutputDrain
{
    // For what its children write yet; those it left in the background may hold the pipes for ever.
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1);

    // For what it wrote itself, which waits in the pipes while the disk does not take it.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>After the program's end: waits until all output is read, or for a moment where someone still holds the pipes; for longer, as
    /// what was in them at the end is not passed on.</summary>
    /// <returns>Whether all that the program wrote has been passed on.</returns>
    public static async Task<bool> RunAsync(IReadOnlyList<OutputPump> pumps, TimeProvider time)
    {
        var marks = pumps.Select(pump => pump.Mark()).ToList();
        await Task.WhenAny(Task.WhenAll(pumps.Select(pump => pump.Ended)), Task.Delay(s_short, time));
        var begun = time.GetTimestamp();
        while (!HaveAllPassed())
        {
            if (time.GetElapsedTime(begun) >= s_long)
            {
                return false;
            }

            await Task.Delay(s_look, time);
        }

        return true;

        bool HaveAllPassed() => pumps.Zip(marks).All(pair => pair.First.HasPassed(pair.Second));
    }
}
