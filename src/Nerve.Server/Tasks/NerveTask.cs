using Nerve.Protocol.Runs;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>Work for a set of hosts, frozen when it was made.</summary>
public sealed record NerveTask
{
    public required Guid Id { get; init; }
    public required TaskKind Kind { get; init; }
    public string Name { get; init; } = "";

    /// <summary>What to execute, as it goes to the agents.</summary>
    public required TaskSpec Spec { get; init; }

    /// <summary>What was asked for; the hosts it meant are the runs.</summary>
    public required TaskTarget Target { get; init; }

    /// <summary>How it goes over its hosts, and where it stands; null if it went to all at once.</summary>
    public Rollout? Rollout { get; init; }

    /// <summary>The task whose runs this one repeats.</summary>
    public Guid? RetryOf { get; init; }

    public required int ExpiresAfterSeconds { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public TaskState State { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Unique together with <see cref="CreatedBy"/>.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request, to tell a repetition from a different request with the same key.</summary>
    public string? RequestHash { get; init; }

    /// <summary>What <see cref="TaskSecrets"/> made of the secrets; forgotten with the end of the task.</summary>
    public string? SealedSecrets { get; init; }

    public bool IsOver => State is not (TaskState.Pending or TaskState.Running);

    /// <summary>What a search looks into: name, command, arguments and script, one below the other. Not environment and standard
    /// input, which may hold secrets.</summary>
    public string SearchText
    {
        get
        {
            string?[] texts = [Name, Spec.Command, .. Spec.Args, Spec.Script];
            return string.Join('\n', texts.Where(text => !string.IsNullOrEmpty(text)));
        }
    }
}

/// <summary>The fields mean what they mean in <see cref="RunAssignment"/>.</summary>
public sealed record TaskSpec
{
    public string? Command { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Script { get; init; }
    public string? Interpreter { get; init; }
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>The names of environment variables whose values are secret.</summary>
    public IReadOnlyList<string> SecretNames { get; init; } = [];

    public string? User { get; init; }
    public string? WorkingDirectory { get; init; }
    public string? Stdin { get; init; }
    public int TimeoutSeconds { get; init; }
    public long OutputLimitBytes { get; init; }
    public RunLimits? Limits { get; init; }

    /// <summary>Null: a failure is a failure.</summary>
    public RetrySpec? Retries { get; init; }
}

/// <summary>Which hosts: exactly one of the four.</summary>
[System.Text.Json.Serialization.JsonUnmappedMemberHandling(System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow)]
public sealed record TaskTarget
{
    /// <summary>These agents.</summary>
    public IReadOnlyList<Guid>? Agents { get; init; }

    /// <summary>The agents whose labels and facts fit at this moment; see <see cref="Selectors.Selector"/>.</summary>
    public string? Selector { get; init; }

    /// <summary>The agents of this cluster at this moment.</summary>
    public string? Cluster { get; init; }

    /// <summary>Every agent that is enrolled at this moment.</summary>
    public bool? All { get; init; }
}
