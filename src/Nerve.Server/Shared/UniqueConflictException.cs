namespace Nerve.Server.Shared;

/// <summary>Every store throws this, and nothing else, when a value that must be unique is there already.</summary>
public sealed class UniqueConflictException(string what, Exception? inner = null) : Exception($"{what} exists already.", inner)
{
    public string What { get; } = what;
}
