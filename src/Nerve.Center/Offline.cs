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

    /// <summary>Runs one piece of work with the stores and services of the settings' database.</summary>
    public static async Task<int> RunAsync(ParseResult commandLine, Func<IServiceProvider, Task<int>> work, CancellationToken cancellationToken, Expiry expiry = Expiry.AsBefore)
    {
        var settings = CenterSettings.Read(commandLine);
        using var storage = await OpenAsync(settings, DataDirectory.Prepare(settings.RequiredText(CenterSettings.Data)), cancellationToken, expiry);
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(CenterSettings.Retain(settings));
        storage.AddStores(services);
        services.AddSingleton<Server.Identity.UserService>();
        services.AddSingleton<Server.Identity.TokenService>();
        await using var provider = services.BuildServiceProvider();
        return await Midway.ExplainAsync(() => work(provider), storage);
    }
}
