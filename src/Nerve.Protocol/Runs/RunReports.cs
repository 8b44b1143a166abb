using System.Text.Json.Serialization;

namespace Nerve.Protocol.Runs;

/// <summary>The run's process exists.</summary>
public sealed record RunStarted(Guid RunId, [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset StartedAt);

/// <summary>A piece of output, of one stream.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Offset">How many bytes of both streams together came before this piece.</param>
/// <param name="Stream">Which stream wrote it.</param>
/// <param name="At">When it was read.</param>
/// <param name="Data">The bytes as written (base64 in JSON), at most <see cref="MaxBytes"/>; no promise about encoding.</param>
public sealed record RunOutput(
    Guid RunId,
    long Offset,
    OutputStream Stream,
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset At,
    byte[] Data)
{
    public const int MaxBytes = 64 * 1024;
}

/// <summary>How a run ended.</summary>
/// <param name="RunId">The run.</param>
/// <param name="State">A final state: succeeded, failed, timedOut, cancelled, expired, lost or refused.</param>
/// <param name="ExitCode">The process's exit code; null if it never started, was killed by a signal or nobody saw its end.</param>
/// <param name="Signal">The signal's name, such as <c>SIGKILL</c>, if one ended it.</param>
/// <param name="Error">One line for people when the state alone does not say what happened.</param>
/// <param name="StartedAt">Null if it never started.</param>
/// <param name="FinishedAt">When the agent saw its end.</param>
/// <param name="OutputBytes">All that the run wrote, kept or not.</param>
/// <param name="OutputTruncated">Whether some of it was not kept.</param>
public sealed record RunFinished(
    Guid RunId,
    RunState State,
    int? ExitCode,
    string? Signal,
    string? Error,
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset? StartedAt,
    [property: JsonConverter(typeof(UtcMillisecondsConverter))] DateTimeOffset FinishedAt,
    long OutputBytes,
    bool OutputTruncated);
