using System.Net.Sockets;
using MongoDB.Driver;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

/// <summary>Why a database cannot be used at all, for the person who starts the center.</summary>
internal static class Unusable
{
    private const int Unauthorized = 13;
    private const int AuthenticationFailed = 18;
    private const int OutOfDiskSpace = 14031;

    /// <exception cref="DatabaseException">The work failed.</exception>
    public static async Task<T> ExplainAsync<T>(string name, IMongoClient client, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (MongoIncompatibleDriverException exception)
        {
            throw new DatabaseException($"The server of {name} is older than MongoDB 7.0, the oldest that Nerve can use.", exception);
        }
        catch (MongoAuthenticationException exception)
        {
            throw new DatabaseException(
                $"The database {name} cannot be used: the server refuses the user or the password. Check both in storage-url, and authSource if the user is kept in another database.",
                exception);
        }
        catch (MongoCommandException exception)
        {
            throw new DatabaseException(
                $"The database {name} cannot be used: {exception.ErrorMessage.TrimEnd('.')}. {Advice(exception)}", exception);
        }
        catch (Exception exception) when (Failures.IsOutage(exception) || exception is MongoException or SocketException)
        {
            throw new DatabaseException(
                $"The database {name} cannot be reached: {Failures.Reason(exception, client)}. Check the hosts in storage-url, and that a server there runs and is the primary.",
                exception);
        }
    }

    private static string Advice(MongoCommandException exception) => exception.Code switch
    {
        Unauthorized => "Nerve's user needs the roles readWrite and dbAdmin on this database.",
        AuthenticationFailed => "Check user and password in storage-url, and authSource if the user is kept in another database.",
        OutOfDiskSpace => "Its disk is full.",
        _ => $"The server answered with the error {exception.Code} {exception.CodeName}.",
    };
}
