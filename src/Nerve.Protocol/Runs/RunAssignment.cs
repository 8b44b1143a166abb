using System.Text.Json.Serialization;

namespace Nerve.Protocol.Runs;

/// <summary>One task for one host: everything the agent needs to execute it.</summary>
/// <param name="RunId">UUIDv7; the key of the agent's journal. A run id is executed at most once.</param>
/// <param name="TaskId">The task it belongs to.</param>
/// <param name="Kind">What <see cref="Command"/> and <see cref="Script"/> mean.</param>
/// <param name="Command">For <see cref="TaskKind.Command"/>: the program, looked up in PATH; no shell is involved.</param>
/// <param name="Args">Arguments of the program or of the script.</param>
/// <param name="Script">For <see cref="TaskKind.Script"/>: the text. Its first line <c>#!</c> names the interpreter unless
/// <see cref="Interpreter"/> does; without either it is <c>/bin/sh</c>.</param>
/// <param name="Interpreter">For <see cref="TaskKind.Script"/>: the interpreter, or null.</param>
/// <param name="Env">Added to a clean base environment (PATH, HOME, USER, LANG, NERVE_RUN_ID, NERVE_TASK_ID).</param>
/// <param name="User">Run as this user; null means the agent's own.</param>
/// <param name="WorkingDirectory">Null means the user's home, else <c>/</c>.</param>
/// <param name="Stdin">Written to standard input, which is then closed; null means empty.</param>
/// <param name="TimeoutSeconds">After that many seconds the whole process tree is killed and the run ends as timed out.</param>
/// <param name="ExpiresAt">Not started by then, it is never started. By the center's clock, unless <see cref="ExpiresInSeconds"/> says how long that is.</param>
/// <param name="OutputLimitBytes">Of more output than this the start and the end are kept, the rest is counted.</param>
/// <param name="Limits">What its processes together may use; null means no limits but the host's own.</param>
/// <param name="SecretEnv">As <see cref="Env"/>, and over it; the values are masked in the output and kept nowhere once it has started.</param>
/// <param name="ExpiresInSeconds">From its sending to <see cref="ExpiresAt"/>, at least 1: the clocks of a center and a host may be hours apart.</param>
public sealed record RunAssignment(
    Guid RunId,
    Guid TaskId,
    TaskKind Kind,
    string? Command,
    IReadOnlyList<string> Args,
    string? Script,
    string? Interpreter,
    IReadOnlyDictionary<string, string> Env,
    string? User,
    string? WorkingDirectory,
    string? Stdin,
    int TimeoutSeconds,
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset ExpiresAt,
    long OutputLimitBytes,
    RunLimits? Limits = null,
    IReadOnlyDictionary<string, string>? SecretEnv = null,
    int? ExpiresInSeconds = null);

/// <summary>What all processes of a run together may use. Null is no limit.</summary>
/// <param name="CpuPercent">Of one hardware thread: 250 is two and a half.</param>
/// <param name="MemoryBytes">Memory and page cache, without swap; whoever needs more is killed, and the run with it.</param>
/// <param name="Processes">Processes and threads at a time; more cannot be started.</param>
public sealed record RunLimits(int? CpuPercent = null, long? MemoryBytes = null, int? Processes = null);

/// <summary>Stop a run.</summary>
/// <param name="RunId">The run; if the agent does not know it, it notes the id so that a late assignment is not started.</param>
/// <param name="GraceSeconds">Seconds from TERM to KILL.</param>
public sealed record RunCancel(Guid RunId, int GraceSeconds);
