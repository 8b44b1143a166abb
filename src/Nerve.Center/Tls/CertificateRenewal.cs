using Nerve.Server.Shared;

namespace Nerve.Center.Tls;

/// <summary>Has the certificate of the center's own authority renewed before it ends, and when the machine has got another name or address.</summary>
internal sealed class CertificateRenewal(OwnAuthority authority, IReadOnlyList<string> names, TimeProvider time, ILogger<CertificateRenewal> logger)
    : PeriodicService(TimeSpan.FromHours(6), "The certificate of this center's own authority could not be renewed", time, logger)
{
    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        authority.Renew(CenterNames.All(names));
        return Task.CompletedTask;
    }
}
