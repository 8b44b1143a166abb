using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Center;

internal static class Certificate
{
    /// <exception cref="StartException">The files are no certificate with its key.</exception>
    public static X509Certificate2 Load(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"tls-cert: {certificate} and {key} are no certificate and private key in PEM form that belong together.", inner: exception);
        }
    }
}
