namespace Nerve.Server.Shared;

/// <summary>The store was lost while it was told to keep a change: it may be kept, or not. Who cannot repeat it without harm has to look.</summary>
public sealed class UncertainCommitException(Exception inner) : Exception("The store was lost while it was told to keep a change.", inner);
