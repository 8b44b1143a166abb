using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Center.Tls;

/// <summary>Lets in only who shows a certificate that one of these authorities signed, for clients (mutual TLS). Nobody gets as far as a request
/// without; the credential, session or token is needed besides.</summary>
internal sealed partial class ClientAuthority
{
    /// <summary>A fleet that was not told would fill the log.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private readonly X509ChainPolicy _policy;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long? _toldAt;

    /// <param name="file">Certificates in PEM form: the authorities, and those between them and the clients'.</param>
    /// <param name="time">For the log.</param>
    /// <param name="logger">Told who was refused, now and then.</param>
    /// <exception cref="StartException">There is no authority in the file.</exception>
    public ClientAuthority(string file, TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        var all = Read(file);
        _policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        _policy.CustomTrustStore.AddRange(all.Where(IsRoot).ToArray());
        _policy.ExtraStore.AddRange(all.Where(certificate => !IsRoot(certificate)).ToArray());
        if (_policy.CustomTrustStore.Count == 0)
        {
            throw new StartException($"tls-client-ca: {file} has no certificate of an authority in PEM form.");
        }
    }

    /// <summary>Asks for the certificate, and judges it.</summary>
    public void Demand(SslServerAuthenticationOptions options, EndPoint? client)
    {
        options.ClientCertificateRequired = true;
        options.AllowTlsResume = false; // of a session that goes on only the last certificate is known, and not those that the client sent with it
        options.CertificateChainPolicy = _policy;
        options.RemoteCertificateValidationCallback = (_, _, chain, errors) =>
        {
            if (errors != SslPolicyErrors.None)
            {
                Tell(client, chain, errors);
            }

            return errors == SslPolicyErrors.None;
        };
    }

    private void Tell(EndPoint? client, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_toldAt is { } at && _time.GetElapsedTime(at) < s_silence)
        {
            return;
        }

        _toldAt = _time.GetTimestamp();
        var reason = errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? "it shows no certificate"
            : string.Join("; ", chain?.ChainStatus.Select(status => status.StatusInformation.Trim()) ?? []);
        LogRefused(_logger, client, reason);
    }

    private static X509Certificate2Collection Read(string file)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(file);
            return all;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"tls-client-ca: {file} cannot be read as certificates in PEM form: {exception.Message}", inner: exception);
        }
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
        && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    [LoggerMessage(1, LogLevel.Warning, "{Client} was not let in: {Reason}. It must show a certificate of an authority in --tls-client-ca (said once in ten seconds)")]
    private static partial void LogRefused(ILogger logger, EndPoint? client, string reason);
}
