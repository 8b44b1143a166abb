namespace Nerve.Server.Shared;

/// <summary>The engine below the stores: one database, wherever it lives. The executable chooses it; everything else sees only stores.</summary>
public interface IStorage : IDisposable
{
    /// <summary>For people: which database, without secrets.</summary>
    string Name { get; }

    /// <summary>How many agents it serves without anyone noticing it; null where the machine is the only limit.</summary>
    int? ComfortableAgents { get; }

    /// <summary>The newest change of its schema that this program knows. Equal texts mean equal schemas.</summary>
    string Schema { get; }

    /// <summary>Registers every store of the server on this database.</summary>
    void AddStores(IServiceCollection services);

    /// <summary>Creates the database or brings it up to this program's schema. Safe to call from several processes at once.</summary>
    /// <exception cref="DatabaseException">It cannot be used.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Whether the database is there and has this program's schema. Changes nothing.</summary>
    /// <exception cref="DatabaseException">It cannot be used.</exception>
    Task<bool> IsCurrentAsync(CancellationToken cancellationToken);

    /// <summary>What the engine's own checks find wrong, one line each; empty when all is well.</summary>
    /// <exception cref="DatabaseException">It cannot be reached.</exception>
    Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken);

    /// <summary>What is wrong with the database, if this failure says so; null for every other, whose cause is not looked for in what is inside it.</summary>
    StoreFault? FaultOf(Exception exception);
}

/// <summary>A database that this program cannot use; the text says why and what to do, and holds no secrets.</summary>
public sealed class DatabaseException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Null when it can be done, else the text of the exception.</summary>
    public static string? ReasonOf(Action attempt)
    {
        try
        {
            attempt();
            return null;
        }
        catch (DatabaseException problem)
        {
            return problem.Message;
        }
    }
}
