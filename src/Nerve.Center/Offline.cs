using System.CommandLine;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Center;

/// <summary>What subcommands work with: the store, without a running server.</summary>
internal static class Offline
{
    public static async Task<SqliteDatabase> OpenAsync(string data, CancellationToken cancellationToken)
    {
        var database = new SqliteDatabase(Path.Combine(data, SqliteStorage.FileName));
        try
        {
            await database.MigrateAsync(cancellationToken);
            return database;
        }
        catch (DatabaseException problem)
        {
            throw new StartException(problem.Message, inner: problem);
        }
    }

    /// <summary>Runs one piece of work with the stores and services of the settings' database.</summary>
    public static async Task<int> RunAsync(ParseResult commandLine, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken)
    {
        var settings = CenterSettings.Read(commandLine);
        using var database = await OpenAsync(DataDirectory.Prepare(settings.RequiredText(CenterSettings.Data)), cancellationToken);
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSqliteStorage(database);
        services.AddSingleton<Server.Identity.UserService>();
        services.AddSingleton<Server.Identity.TokenService>();
        await using var provider = services.BuildServiceProvider();
        try
        {
            return await work(provider);
        }
        catch (Server.Shared.ProblemException problem)
        {
            throw new StartException(problem.Message, StartException.Failed, problem);
        }
    }
}
