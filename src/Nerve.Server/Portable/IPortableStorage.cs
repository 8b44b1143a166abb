namespace Nerve.Server.Portable;

/// <summary>A database whose contents can be read as a whole and written into another one of any kind.</summary>
/// <remarks>The types of records are those of <see cref="Section.All"/>.</remarks>
public interface IPortableStorage
{
    /// <summary>The contents of one moment, as far as the engine knows moments: while it is open, nothing that is written is seen.</summary>
    Task<ISnapshot> SnapshotAsync(CancellationToken cancellationToken);

    /// <summary>Adds records as they are. What is there already (by its key) is left as it is.</summary>
    Task ImportAsync<T>(IReadOnlyList<T> records, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Notes before the first record that a fleet is on its way into this database. There is one note; another one takes its place.</summary>
    Task BeginFillingAsync(Filling filling, CancellationToken cancellationToken);

    /// <summary>Takes the note away, when every record was seen to be there.</summary>
    Task EndFillingAsync(CancellationToken cancellationToken);

    /// <summary>The note of a copy or a restore that goes on, or was cut off; null when there is none.</summary>
    Task<Filling?> FindFillingAsync(CancellationToken cancellationToken);
}

/// <summary>A fleet that is brought into an empty database. Until its end no center must work with it.</summary>
/// <param name="Source">Where it comes from, without secrets.</param>
/// <param name="Command">What to type to go on with it.</param>
/// <param name="Since">When it began.</param>
public sealed record Filling(string Source, string Command, DateTimeOffset Since);

public interface ISnapshot : IAsyncDisposable
{
    /// <summary>Every record of this type, in any order, each once. What was measured on an agent that is removed is not among them, though a write
    /// that raced with the removal may have left it.</summary>
    IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken)
        where T : class;
}

/// <summary>A sample as stores keep it.</summary>
/// <param name="Values"><see cref="Metrics.PackedValues"/>.</param>
public sealed record StoredSample(Guid AgentId, DateTimeOffset At, string Schema, byte[] Values);
