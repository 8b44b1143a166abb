using System.Data.Common;
using Nerve.Server.Shared;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Center;

/// <summary>What a command says when it cannot be done to its end: one line, for a person.</summary>
internal static class Midway
{
    /// <param name="work">The command.</param>
    /// <param name="storages">The databases it uses.</param>
    /// <exception cref="StartException">It was refused, or one of the databases failed.</exception>
    public static async Task<T> ExplainAsync<T>(Func<Task<T>> work, params IReadOnlyList<IStorage> storages)
    {
        try
        {
            return await work();
        }
        catch (Exception problem) when (problem is ProblemException or DatabaseException)
        {
            throw new StartException(problem.Message, StartException.Failed, problem);
        }
        catch (Exception problem) when (Blame(problem, storages) is { } reason)
        {
            throw new StartException($"{reason} This was not done to its end: do it again then.", StartException.Failed, problem);
        }
    }

    /// <summary>Null for an exception that is nobody's fault but the program's.</summary>
    private static string? Blame(Exception problem, IReadOnlyList<IStorage> storages)
    {
        foreach (var exception in Chain(problem))
        {
            if (storages.Select(storage => (storage.Name, Fault: storage.FaultOf(exception))).FirstOrDefault(found => found.Fault is not null) is (var name, { } fault))
            {
                return Words(name, fault, exception);
            }

            if (exception is DbException { IsTransient: true })
            {
                return Words(string.Join(" or ", storages.Where(storage => storage is not SqliteDatabase).Select(storage => storage.Name)), StoreFault.Away, exception);
            }
        }

        return null;
    }

    private static string Words(string name, StoreFault fault, Exception exception) => fault switch
    {
        StoreFault.ReadOnly => $"The database {name} takes no changes: make it writable, or name the primary server.",
        StoreFault.Full => $"The disk of the database {name} is full: free or add space.",
        StoreFault.Damaged => $"The database {name} is damaged ({Chain(exception).Last().Message.TrimEnd('.')}): look with 'nerve-center db check', and restore a backup.",
        _ => $"The database {name} cannot be reached any more: {Chain(exception).Last().Message.TrimEnd('.')}. See that its server runs and can be reached.",
    };

    private static IEnumerable<Exception> Chain(Exception? problem)
    {
        for (; problem is not null; problem = problem.InnerException)
        {
            yield return problem;
        }
    }
}
