using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Nerve.Configuration;

namespace Nerve.Center.Tls;

/// <summary>HTTPS, as the settings say.</summary>
internal sealed partial class Https
{
    private readonly Certificate _certificate;
    private readonly ClientAuthority? _clients;

    private Https(Certificate certificate, ClientAuthority? clients) => (_certificate, _clients) = (certificate, clients);

    /// <param name="builder">Of the center.</param>
    /// <param name="settings">Nothing is added where they ask for plain HTTP.</param>
    /// <param name="data">The prepared data folder.</param>
    public static void Add(WebApplicationBuilder builder, Settings settings, string data)
    {
        if (CenterSettings.IsSecure(settings))
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        if (settings.Switch(CenterSettings.Tls))
        {
            builder.Services.AddSingleton(provider => new OwnAuthority(Path.Combine(data, "tls"), provider.GetRequiredService<TimeProvider>()));
            builder.Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<CertificateRenewal>(provider, Called(settings)));
        }
    }

    /// <summary>Null for plain HTTP.</summary>
    /// <exception cref="StartException">A file that was named, or the own authority, cannot be used.</exception>
    public static Https? Of(Settings settings, IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILogger<Https>>();
        var clients = settings.Text(CenterSettings.TlsClientCa) is { } file
            ? new ClientAuthority(file, services.GetRequiredService<TimeProvider>(), logger)
            : null;
        return services.GetService<OwnAuthority>() is { } authority ? new Https(Own(authority, settings, logger), clients)
            : settings.Text(CenterSettings.TlsCert) is { } chain ? new Https(new Certificate(chain, settings.RequiredText(CenterSettings.TlsKey), logger), clients)
            : null;
    }

    public void Secure(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = handshake =>
        {
            var options = new SslServerAuthenticationOptions { ServerCertificateContext = _certificate.Current };
            _clients?.Demand(options, handshake.Connection.RemoteEndPoint);
            return ValueTask.FromResult(options);
        },
    });

    /// <summary>What the operator calls this center, beside what the machine is called.</summary>
    private static IReadOnlyList<string> Called(Settings settings) => [.. settings.List(CenterSettings.TlsNames), settings.Address(CenterSettings.Addr).Host];

    private static Certificate Own(OwnAuthority authority, Settings settings, ILogger logger)
    {
        var fingerprint = authority.Renew(CenterNames.All(Called(settings)));
        LogOwnAuthority(logger, authority.AuthorityFile, fingerprint);
        return new Certificate(authority.CertificateFile, authority.CertificateFile, logger);
    }

    [LoggerMessage(1, LogLevel.Information, "HTTPS by this center's own authority: hosts and browsers that trust {File} (SHA-256 {Fingerprint}) trust this center")]
    private static partial void LogOwnAuthority(ILogger logger, string file, string fingerprint);
}
