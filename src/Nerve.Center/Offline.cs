using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Shared;

namespace Nerve.Center;

/// <summary>What subcommands work with: the store, without a running server.</summary>
internal static class Offline
{
    /// <param name="settings">Where it is.</param>
    /// <param name="data">The folder of the embedded database.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="expiry">See <see cref="StorageKinds.Create"/>.</param>
    /// <exception cref="StartException">The database cannot be used.</exception>
    public static async Task<IStorage> OpenAsync(Settings settings, string data, CancellationToken cancellationToken, Expiry expiry = Expiry.AsBefore)
    {
        var storage = StorageKinds.Create(settings, data, expiry);
        try
        {
            await storage.MigrateAsync(cancellationToken);
            return storage;
        }
        catch (DatabaseException problem)
        {
            storage.Dispose();
            throw new StartException(problem.Message, inner: problem);
        }
    }

    /// <summary>As <see cref="RunAsync"/>, for what only looks: it brings no database up to this program's schema, which an older center would not bear.</summary>
    public static Task<int> LookAsync(ParseResult commandLine, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken) =>
        RunAsync(commandLine, work, cancellationToken, Expiry.AsBefore, looks: true);

    /// <exception cref="StartException">The database cannot be used, or has not this program's schema.</exception>
    public static async Task EnsureCurrentAsync(IStorage storage, CancellationToken cancellationToken)
    {
        if (!await storage.IsCurrentAsync(cancellationToken))
        {
            throw new StartException(
                $"{storage.Name} is empty or older than this program, and this command changes nothing: use the nerve-center that it belongs to, or stop it and run 'nerve-center db migrate' first.");
        }
    }

    /// <summary>Runs one piece of work with the stores and services of the settings' database.</summary>
    public static async Task<int> RunAsync(
        ParseResult commandLine, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken, Expiry expiry = Expiry.AsBefore, bool looks = false)
    {
        var settings = CenterSettings.Read(commandLine);
        var data = DataDirectory.Prepare(settings.RequiredText(CenterSettings.Data));
        using var storage = looks ? await OpenToLookAsync(settings, data, cancellationToken) : await OpenAsync(settings, data, cancellationToken, expiry);
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(CenterSettings.Retain(settings));
        storage.AddStores(services);
        services.AddSingleton<Server.Identity.UserService>();
        services.AddSingleton<Server.Identity.TokenService>();
        await using var provider = services.BuildServiceProvider();
        return await Midway.ExplainAsync(() => work(provider), storage);
    }

    private static async Task<IStorage> OpenToLookAsync(Settings settings, string data, CancellationToken cancellationToken)
    {
        var storage = StorageKinds.Create(settings, data, Expiry.AsBefore);
        try
        {
            await EnsureCurrentAsync(storage, cancellationToken);
            return storage;
        }
        catch (Exception exception)
        {
            storage.Dispose();
            if (exception is DatabaseException)
            {
                throw new StartException(exception.Message, inner: exception);
            }

            throw;
        }
    }
}
