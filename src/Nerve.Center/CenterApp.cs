using System.Net.Security;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
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
internal static partial class CenterApp
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
        if (settings.Switch(CenterSettings.Tls) || settings.IsSet(CenterSettings.TlsCert))
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        if (settings.Switch(CenterSettings.Tls))
        {
            AddOwnAuthority(builder.Services, Path.Combine(data, "tls"), settings.List(CenterSettings.TlsNames));
        }

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

    private static void AddOwnAuthority(IServiceCollection services, string folder, IReadOnlyList<string> names)
    {
        services.AddSingleton(provider => new OwnAuthority(folder, provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<CertificateRenewal>(provider, names));
    }

    private static Certificate? CertificateOf(Settings settings, IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILogger<Certificate>>();
        if (services.GetService<OwnAuthority>() is { } authority)
        {
            var fingerprint = authority.Renew(CenterNames.All(settings.List(CenterSettings.TlsNames)));
            LogOwnAuthority(logger, authority.AuthorityFile, fingerprint);
            return new Certificate(authority.CertificateFile, authority.CertificateFile, logger);
        }

        return settings.Text(CenterSettings.TlsCert) is { } file ? new Certificate(file, settings.RequiredText(CenterSettings.TlsKey), logger) : null;
    }

    private static void Listen(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = ProtocolInfo.MaxMessageBytes;
        var address = settings.Address(CenterSettings.Addr);
        var certificate = CertificateOf(settings, kestrel.ApplicationServices);
        if (address.AllInterfaces)
        {
            kestrel.ListenAnyIP(address.Port, Secure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port, Secure);
        }
        else
        {
            kestrel.Listen(PortProbe.Resolve(address), address.Port, Secure);
        }

        void Secure(ListenOptions listen)
        {
            if (certificate is not null)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }),
                });
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "HTTPS by this center's own authority: hosts and browsers that trust {File} (SHA-256 {Fingerprint}) trust this center")]
    private static partial void LogOwnAuthority(ILogger logger, string file, string fingerprint);
}
