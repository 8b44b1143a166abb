using System.Globalization;

namespace Nerve.Agent.Processes;

/// <summary>How a process ended: an exit code, or the name of the signal that killed it. Never both.</summary>
internal readonly record struct ExitStatus(int? Code, string? Signal)
{
    /// <summary>Decodes the status of wait(2).</summary>
    public static ExitStatus FromWait(int status) =>
        (status & 0x7f) == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(null, Signals.Name(status & 0x7f));

    public override string ToString() => Signal ?? Code?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
}
