using System.Globalization;

namespace Nerve.Agent.Processes;

/// <summary>Linux signal numbers and names (the same on x86-64 and ARM64).</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Term = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    private const int FirstRealTime = 34;

    private static readonly string[] s_names =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public static string Name(int number) => number switch
    {
        >= 1 when number <= s_names.Length => s_names[number - 1],
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime => string.Create(CultureInfo.InvariantCulture, $"SIGRTMIN+{number - FirstRealTime}"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
