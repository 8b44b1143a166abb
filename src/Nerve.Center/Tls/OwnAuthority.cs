using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Center.Tls;

/// <summary>The certificate authority of a center that has no certificate from elsewhere. It signs that of the center, and nothing else.</summary>
/// <remarks>Both are as RFC 5280 has them, with keys on P-256. Hosts and browsers that are told to trust the authority trust the center, also after its
/// certificate was renewed.</remarks>
/// <param name="folder">Where it is kept: <c>ca.crt</c>, <c>ca.key</c> and <c>center.pem</c>.</param>
/// <param name="time">How old a certificate is.</param>
internal sealed class OwnAuthority(string folder, TimeProvider time)
{
    /// <summary>Whoever trusts it must be told by hand of the next one.</summary>
    private static readonly TimeSpan s_authorityLife = TimeSpan.FromDays(20 * 365);

    /// <summary>Some clients refuse a certificate that is good for more than 825 days, by whichever authority (Apple); public ones have 398.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromDays(397);

    /// <summary>Clocks of hosts that trust it at once, and of centers that it is copied to, may be behind.</summary>
    private static readonly TimeSpan s_leeway = TimeSpan.FromDays(1);

    /// <summary>What hosts and browsers must be told to trust.</summary>
    public string AuthorityFile => Path.Combine(folder, "ca.crt");

    /// <summary>The center's certificate and its key: one file, so that both change in one moment.</summary>
    public string CertificateFile => Path.Combine(folder, "center.pem");

    private string KeyFile => Path.Combine(folder, "ca.key");

    /// <summary>Makes what is missing: the authority, and a certificate that names all of these and is not past two thirds of its life.</summary>
    /// <returns>The SHA-256 of the authority's certificate, in hexadecimal digits, as other tools show it.</returns>
    /// <exception cref="StartException">What is in the folder cannot be used.</exception>
    public string Renew(IReadOnlyCollection<string> names)
    {
        try
        {
            using var authority = Open();
            if (IsOver(authority) || IsYetToCome(authority))
            {
                throw new StartException(
                    $"tls: {AuthorityFile} is good from {authority.NotBefore.ToUniversalTime():u} to {authority.NotAfter.ToUniversalTime():u}, which is not now. Set this machine's clock, or remove the folder {folder} for a new authority, and have hosts trust that.");
            }

            if (!IsGood(authority, names))
            {
                ClosedFile.Write(CertificateFile, Sign(authority, names));
            }

            return authority.GetCertHashString(HashAlgorithmName.SHA256);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"tls: {AuthorityFile} and {KeyFile} are no authority that this center can use ({exception.Message.TrimEnd('.')}). Restore both, or remove the folder {folder} for a new one, and have hosts trust that.",
                inner: exception);
        }
    }

    private X509Certificate2 Open()
    {
        if (!File.Exists(AuthorityFile))
        {
            Make();
        }

        return X509Certificate2.CreateFromPemFile(AuthorityFile, KeyFile);
    }

    private void Make()
    {
        using var key = Key();
        var request = new CertificateRequest($"CN=Nerve authority of {Dns.GetHostName()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - s_leeway, now + s_authorityLife);
        ClosedFile.Write(AuthorityFile, certificate.ExportCertificatePem() + "\n");
    }

    /// <summary>Written before the certificate: a start that was cut off in between, and a certificate that was lost, are made good with it.</summary>
    private ECDsa Key()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(KeyFile))
        {
            key.ImportFromPem(File.ReadAllText(KeyFile));
        }
        else
        {
            ClosedFile.Write(KeyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        return key;
    }

    private string Sign(X509Certificate2 authority, IReadOnlyCollection<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=nerve-center", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false));
        request.CertificateExtensions.Add(CenterNames.Extension(names));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var (first, last) = (new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter));
        var (from, until) = (time.GetUtcNow() - s_leeway, time.GetUtcNow() + s_life);
        using var certificate = request.Create(authority, from > first ? from : first, until < last ? until : last, Serial());
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    /// <summary>Of the center, by this authority, for all of these names, and not old.</summary>
    private bool IsGood(X509Certificate2 authority, IReadOnlyCollection<string> names)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(CertificateFile);
            var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
            return !IsYetToCome(certificate)
                && time.GetUtcNow() < from + ((until - from) * 2 / 3)
                && IsBy(authority, certificate)
                && CenterNames.AreIn(certificate, names);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException)
        {
            return false;
        }
    }

    private bool IsYetToCome(X509Certificate2 certificate) => time.GetUtcNow() < certificate.NotBefore.ToUniversalTime();

    private bool IsOver(X509Certificate2 certificate) => time.GetUtcNow() >= certificate.NotAfter.ToUniversalTime();

    private static bool IsBy(X509Certificate2 authority, X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } issuer
        && authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes is { } key
        && issuer.Span.SequenceEqual(key.Span);

    /// <summary>Positive, and beyond guessing.</summary>
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }
}
