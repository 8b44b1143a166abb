using System.Data.Common;
using MongoDB.Driver;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

/// <summary>The server cannot be reached, or has no primary; trying again may help.</summary>
internal sealed class MongoOutageException(string message, Exception inner) : DbException(message, inner)
{
    public override bool IsTransient => true;
}

/// <summary>What the driver throws, in the words of the stores.</summary>
internal static class Failures
{
    private const int DuplicateKey = 11000;
    private const int NamespaceExists = 48;
    private const int Unauthorized = 13;
    private const int OutOfDiskSpace = 14031;

    /// <summary>Does the work, and says in the stores' own exceptions what went wrong.</summary>
    /// <exception cref="UniqueConflictException">A unique value was there already.</exception>
    /// <exception cref="MongoOutageException">The server is away.</exception>
    public static async Task<T> TranslateAsync<T>(string name, IMongoClient client, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (IsDuplicate(exception))
        {
            throw new UniqueConflictException("entry"); // the driver's text repeats the value, which may be the hash of a secret
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            throw new MongoOutageException($"The database {name} cannot be reached: {Reason(exception, client)}", exception);
        }
    }

    public static bool IsDuplicate(Exception exception) => exception switch
    {
        MongoWriteException write => write.WriteError?.Category == ServerErrorCategory.DuplicateKey,
        MongoBulkWriteException bulk => bulk.WriteErrors.Count > 0 && bulk.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey),
        MongoCommandException command => command.Code == DuplicateKey,
        _ => false,
    };

    public static bool Exists(MongoCommandException exception) => exception.Code == NamespaceExists;

    /// <summary>The part of a long report that a person needs. No server fit for writing: why the last attempt to ask one failed.</summary>
    public static string Reason(Exception exception, IMongoClient client) => exception is not TimeoutException
        ? Innermost(exception).Message.TrimEnd('.')
        : client.Cluster.Description.Servers.Select(server => server.HeartbeatException).OfType<Exception>().FirstOrDefault() is { } unheard
            ? Innermost(unheard).Message.TrimEnd('.')
            : "no server answers that takes writes";

    /// <remarks>The codes of https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml.</remarks>
    public static StoreFault? FaultOf(Exception exception) => CodeOf(exception) switch
    {
        Unauthorized => StoreFault.ReadOnly,
        OutOfDiskSpace => StoreFault.Full,
        _ => IsOutage(exception) ? StoreFault.Away : null,
    };

    private static int? CodeOf(Exception exception) => exception switch
    {
        MongoCommandException command => command.Code,
        MongoWriteException write => write.WriteError?.Code ?? write.WriteConcernError?.Code,
        MongoBulkWriteException bulk => bulk.WriteErrors.Select(error => (int?)error.Code).FirstOrDefault() ?? bulk.WriteConcernError?.Code,
        _ => null,
    };

    public static bool IsOutage(Exception exception) => exception switch
    {
        MongoAuthenticationException => false,
        TimeoutException or MongoConnectionException or MongoNotPrimaryException or MongoNodeIsRecoveringException
            or MongoConnectionClosedException or MongoConnectionPoolPausedException or MongoWaitQueueFullException or MongoExecutionTimeoutException => true,
        MongoException other => other.HasErrorLabel("RetryableWriteError") || other.HasErrorLabel("TransientTransactionError"),
        _ => false,
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
