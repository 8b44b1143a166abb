using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Nerve.Center.Tls;
using Nerve.Configuration;
using Nerve.Configuration.Logging;
using Nerve.Protocol;
using Nerve.Redis;
using Nerve.Server;
using Nerve.Server.Edge;
using Nerve.Server.Shared;

namespace Nerve.Center;

/// <summary>Puts the server, its store and its edge together as the settings say.</summary>
internal static class CenterApp
{
    public static string Version { get; } =
        typeof(CenterApp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <param name="settings">What the operator set.</param>
    /// <param name="data">The prepared data folder.</param>
    /// <param name="storage">Up to date.</param>
    /// <param name="adjust">Has the last word on services, so that tests run this very pipeline with a clock of their own.</param>
    public static WebApplication Build(
        Settings settings, string data, IStorage storage, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "nerve-center",
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Clear(); // settings come from our own table, never from stray files or variables
        builder.Logging.ClearProviders().AddNerveConsole(settings.Switch(CenterSettings.Debug))
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error); // its keys lie in our own closed folder, which it cannot know
        builder.WebHost.UseKestrelCore();
        Https.Add(builder, settings, data);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.AddSingleton(TimeProvider.System);
        storage.AddStores(builder.Services);
        if (settings.Text(CenterSettings.Redis) is { } redis)
        {
            builder.Services.AddRedisNodes(redis);
        }

        builder.Services.AddNerveServer(Options(settings, data, storage));
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseNerveServer();
        app.MapNerveServer();
        return app;
    }

    private static NerveServerOptions Options(Settings settings, string data, IStorage storage) => new()
    {
        Schema = storage.Schema,
        DataDirectory = data,
        Debug = settings.Switch(CenterSettings.Debug),
        StorageName = settings.RequiredText(CenterSettings.Storage),
        Version = Version,
        TrustedProxies = [.. settings.List(CenterSettings.TrustedProxies).Select(TrustedProxies.Parse)],
        Retention = CenterSettings.Retain(settings),
        HeartbeatSeconds = (int)settings.Duration(CenterSettings.HeartbeatInterval).TotalSeconds,
        SampleSeconds = (int)Math.Min(
            settings.Duration(CenterSettings.SampleInterval).TotalSeconds, settings.Duration(CenterSettings.HeartbeatInterval).TotalSeconds),
    };

    private static void Listen(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = ProtocolInfo.MaxMessageBytes;
        var address = settings.Address(CenterSettings.Addr);
        Action<ListenOptions> secure = Https.Of(settings, kestrel.ApplicationServices) is { } https ? https.Secure : _ => { };
        if (address.AllInterfaces)
        {
            kestrel.ListenAnyIP(address.Port, secure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port, secure);
        }
        else
        {
            kestrel.Listen(PortProbe.Resolve(address), address.Port, secure);
        }
    }
}
