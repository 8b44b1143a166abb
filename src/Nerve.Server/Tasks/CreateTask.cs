using System.Text.Json.Serialization;
using Nerve.Protocol.Runs;
using Nerve.Server.Audit;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>The body of <c>POST /tasks</c>.</summary>
/// <param name="Kind"><c>command</c> or <c>script</c>.</param>
/// <param name="Target">Where to run.</param>
/// <param name="Command">For a command: the program, looked up in PATH. No shell is involved.</param>
/// <param name="Args">The arguments of the program or script.</param>
/// <param name="Script">For a script: its text. <c>#!</c> in its first line names the interpreter; without one it is <c>/bin/sh</c>.</param>
/// <param name="Interpreter">For a script: the interpreter, instead of <c>#!</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Env">Added to a clean environment.</param>
/// <param name="Secrets">Added to the environment as well. Encrypted where they are stored, given to the agents only, shown to nobody, masked in the output, and
/// forgotten when the task is over.</param>
/// <param name="User">Run as this user of the host; the agent's own when left out.</param>
/// <param name="WorkingDirectory">Absolute; the user's home when left out.</param>
/// <param name="Stdin">Given to standard input.</param>
/// <param name="TimeoutSeconds">1 to 604800; the process tree is killed after that. 300 when left out.</param>
/// <param name="ExpiresAfterSeconds">1 to 2592000; hosts that were away so long never start it. 3600 when left out.</param>
/// <param name="OutputLimitBytes">Up to 64 MiB per run are kept, 16 MiB when left out; of more, the start and the end.</param>
/// <param name="Rollout">In which order and pace; to all hosts at once when left out.</param>
/// <param name="Limits">What a run may use of its host.</param>
/// <param name="Retries">Which failures of a host are tried again; none when left out.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateTask(
    TaskKind Kind,
    TaskTarget Target,
    string? Command = null,
    IReadOnlyList<string>? Args = null,
    string? Script = null,
    string? Interpreter = null,
    string? Name = null,
    IReadOnlyDictionary<string, string>? Env = null,
    string? User = null,
    string? WorkingDirectory = null,
    string? Stdin = null,
    int? TimeoutSeconds = null,
    int? ExpiresAfterSeconds = null,
    long? OutputLimitBytes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RolloutSpec? Rollout = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TaskLimits? Limits = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Secrets = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RetrySpec? Retries = null) : IAuditDetail
{
    public const int DefaultTimeoutSeconds = 300;
    public const int DefaultExpiresAfterSeconds = 3600;
    public const long DefaultOutputLimitBytes = 16L * 1024 * 1024;

    /// <summary>What and where in a line. Arguments, script, environment and input stay out: they may hold secrets; the task has them.</summary>
    string? IAuditDetail.AuditDetail =>
        $"{Kind} {Command ?? Name ?? ""} on {(Target.All is true ? "all" : Target.Selector ?? Target.Cluster ?? $"{Target.Agents?.Count} agents")}";
}
