namespace Nerve.Center;

/// <summary>The program cannot do what it was asked to; the text says why and what to do.</summary>
internal sealed class StartException(string message, int exitCode = StartException.Unusable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Something went wrong while doing it.</summary>
    public const int Failed = 1;

    /// <summary>The configuration, the data folder or the port cannot be used.</summary>
    public const int Unusable = 2;

    public int ExitCode { get; } = exitCode;
}
