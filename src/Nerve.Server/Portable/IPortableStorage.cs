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
}

public interface ISnapshot : IAsyncDisposable
{
    /// <summary>Every record of this type, in any order, each once.</summary>
    IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken)
        where T : class;
}

/// <summary>A sample as stores keep it.</summary>
/// <param name="Values"><see cref="Metrics.PackedValues"/>.</param>
public sealed record StoredSample(Guid AgentId, DateTimeOffset At, string Schema, byte[] Values);
