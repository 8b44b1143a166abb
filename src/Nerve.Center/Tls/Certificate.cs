using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Center.Tls;

/// <summary>What the center shows of itself: the first certificate of the file with its key, and all others that are in it, since who connects may know
/// only the root. A renewed file is taken with the next connection after both of its files fit each other.</summary>
internal sealed partial class Certificate
{
    private readonly string _certificate;
    private readonly string _key;
    private readonly ILogger _logger;
    private readonly Lock _sync = new();
    private volatile Loaded _loaded;

    /// <exception cref="StartException">The files are no certificate with its key.</exception>
    public Certificate(string certificate, string key, ILogger logger)
    {
        (_certificate, _key, _logger) = (certificate, key, logger);
        try
        {
            _loaded = new Loaded(Written(), Load());
        }
        catch (Exception exception) when (IsBad(exception))
        {
            throw new StartException($"tls-cert: {certificate} and {key} are no certificate and private key in PEM form that belong together.", inner: exception);
        }
    }

    /// <summary>As the files are now; as they were, while they are not whole.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            if (_loaded.Written != Written() && _sync.TryEnter())
            {
                try
                {
                    Renew();
                }
                finally
                {
                    _sync.Exit();
                }
            }

            return _loaded.Context;
        }
    }

    private void Renew()
    {
        var written = Written();
        try
        {
            _loaded = new Loaded(written, Load());
            LogRenewed(_logger, _certificate);
        }
        catch (Exception exception) when (IsBad(exception))
        {
            _loaded = _loaded with { Written = written }; // looked at again when it is written again
            LogUnusable(_logger, _certificate, _key, exception);
        }
    }

    private SslStreamCertificateContext Load()
    {
        var leaf = X509Certificate2.CreateFromPemFile(_certificate, _key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private (DateTime Certificate, DateTime Key) Written() => (File.GetLastWriteTimeUtc(_certificate), File.GetLastWriteTimeUtc(_key));

    private static bool IsBad(Exception exception) => exception is CryptographicException or IOException or UnauthorizedAccessException;

    [LoggerMessage(1, LogLevel.Information, "The certificate {File} was renewed and is shown from now on")]
    private static partial void LogRenewed(ILogger logger, string file);

    [LoggerMessage(2, LogLevel.Error, "{File} and {Key} were changed and are no certificate and private key that belong together; the former are used on")]
    private static partial void LogUnusable(ILogger logger, string file, string key, Exception exception);

    private sealed record Loaded((DateTime Certificate, DateTime Key) Written, SslStreamCertificateContext Context);
}
