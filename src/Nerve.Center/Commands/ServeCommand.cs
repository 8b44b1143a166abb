using System.CommandLine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Nerve.Configuration;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;

namespace Nerve.Center.Commands;

internal static partial class ServeCommand
{
    public static Command Create(string name, string description)
    {
        var command = new Command(name, description).WithSettings(CenterSettings.Table);
        command.SetAction(ServeAsync);
        return command;
    }

    public static void MakeDefault(RootCommand root) => root.SetAction(ServeAsync);

    private static async Task<int> ServeAsync(ParseResult commandLine, CancellationToken cancellationToken)
    {
        var settings = CenterSettings.Read(commandLine);
        PortProbe.Check(settings.Address(CenterSettings.Addr));
        var data = DataDirectory.Prepare(settings.RequiredText(CenterSettings.Data));
        using var storage = await Offline.OpenAsync(settings, data, cancellationToken, Expiry.AsSet);
        await PartlyFilled.RefuseAsync(storage, StartException.Unusable, cancellationToken);
        await using var app = CenterApp.Build(settings, data, storage);
        _ = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value; // files that cannot be served are found out before the other nodes hear of this one

        await AnnounceFirstAdminAsync(app.Services, data, cancellationToken);
        await JoinAsync(app.Services.GetRequiredService<INodeRegistry>(), cancellationToken);
        await app.Services.GetRequiredService<FleetLoader>().LoadAsync(cancellationToken);
        if (settings.Switch(CenterSettings.Debug))
        {
            LogDebug(app.Logger);
        }

        await StartAsync(app, cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static async Task JoinAsync(INodeRegistry nodes, CancellationToken cancellationToken)
    {
        try
        {
            await nodes.JoinAsync(cancellationToken);
        }
        catch (NodesUnavailableException refused)
        {
            throw new StartException($"redis: {refused.Message}", inner: refused);
        }
    }

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        LogReady(app.Logger, CenterApp.Version, string.Join(", ", addresses));
    }

    private static async Task AnnounceFirstAdminAsync(IServiceProvider services, string data, CancellationToken cancellationToken)
    {
        var password = await FirstAdmin.EnsureAsync(
            services.GetRequiredService<IUserStore>(), services.GetRequiredService<UserService>(), data, cancellationToken);
        if (password is not null)
        {
            Console.WriteLine($"First start: sign in as 'admin' with the password {password}");
            Console.WriteLine($"It is also in {Path.Combine(data, FirstAdmin.FileName)}; change it and remove that file.");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "nerve-center {Version} is ready on {Addresses}")]
    private static partial void LogReady(ILogger logger, string version, string addresses);

    [LoggerMessage(2, LogLevel.Warning,
        "DEBUG MODE: anyone on this machine may read everything, and any machine may enrol with the token 'test'. Never use --debug in production.")]
    private static partial void LogDebug(ILogger logger);
}
