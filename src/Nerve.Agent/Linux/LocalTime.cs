using System.Runtime.InteropServices;

namespace Nerve.Agent.Linux;

/// <summary>The host's own time, as the C library knows it.</summary>
internal static unsafe partial class LocalTime
{
    /// <summary>Minutes since the midnight in which Sunday began.</summary>
    public static int MinuteOfWeek(DateTimeOffset at)
    {
        // struct tm: second, minute, hour, day, month, year, day of the week, …
        var fields = stackalloc int[16];
        var seconds = at.ToUnixTimeSeconds();
        tzset();
        _ = localtime_r(&seconds, fields);
        return (((fields[6] * 24) + fields[2]) * 60) + fields[1];
    }

    [LibraryImport("libc")]
    private static partial void tzset();

    [LibraryImport("libc")]
    private static partial nint localtime_r(long* time, int* fields);
}
