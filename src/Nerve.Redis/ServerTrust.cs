using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Redis;

/// <summary>Trusts the certificates that this host trusts, and remembers why it did not: the client says no more than that it could not connect,
/// or that it was refused as with a wrong password.</summary>
internal sealed class ServerTrust
{
    private volatile string? _refusal;

    /// <summary>What is wrong with the certificate that was shown last, and what to do; null when it was a good one.</summary>
    public string? Refusal => _refusal;

    public bool Judge(X509Chain? chain, SslPolicyErrors errors)
    {
        _refusal = errors switch
        {
            SslPolicyErrors.None => null,
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => "it shows none",
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) => Reason(chain),
            _ => "it names other hosts than the URL does",
        };
        return errors == SslPolicyErrors.None;
    }

    private static string Reason(X509Chain? chain) =>
        chain is { ChainStatus: { Length: > 0 } all } ? string.Join("; ", all.Select(Explain)) : "its chain is not whole";

    private static string Explain(X509ChainStatus status) => status.StatusInformation.Trim().TrimEnd('.') + status.Status switch
    {
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain => ": the file of the authority that signed it belongs into SSL_CERT_FILE",
        X509ChainStatusFlags.NotTimeValid => ": it must be renewed, or a clock set",
        _ => "",
    };
}
