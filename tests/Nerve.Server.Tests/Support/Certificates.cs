using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Server.Tests.Support;

/// <summary>Certificates as authorities other than the center's own sign them, and trust in one of them alone.</summary>
internal static class Certificates
{
    /// <summary>Good for a week on both sides of now, so that what it signs may be over.</summary>
    public static X509Certificate2 Authority(string name, X509Certificate2? by = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return by is null ? request.CreateSelfSigned(Days(-9), Days(9)) : Signed(request, key, by, 8);
    }

    public static X509Certificate2 Leaf(X509Certificate2 by, X509Extension extension, int days = 1)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(extension);
        return Signed(request, key, by, days);
    }

    /// <summary>No other authority, and nothing fetched from anywhere.</summary>
    public static X509ChainPolicy TrustOnly(X509Certificate2 root) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { root },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private static X509Certificate2 Signed(CertificateRequest request, ECDsa key, X509Certificate2 by, int days)
    {
        using var signed = request.Create(by, Days(-8), Days(days), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static DateTimeOffset Days(int count) => DateTimeOffset.UtcNow.AddDays(count);
}
