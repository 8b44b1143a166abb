using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Redis.Tests;

/// <summary>Listens with TLS, and a certificate that it signed itself.</summary>
internal sealed class StrangeTls : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly X509Certificate2 _certificate;
    private readonly Task _listening;

    public StrangeTls(int daysLeft = 1)
    {
        _certificate = SelfSigned(daysLeft);
        _listener.Start();
        _listening = ListenAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _listening;
        _listener.Dispose();
        _over.Dispose();
        _certificate.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                _ = GreetAsync(await _listener.AcceptTcpClientAsync(_over.Token)); // several come at once
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task GreetAsync(TcpClient client)
    {
        using (client)
        await using (var tls = new SslStream(client.GetStream()))
        {
            try
            {
                await tls.AuthenticateAsServerAsync(_certificate);
                await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
            }
            catch (Exception refusal) when (refusal is IOException or AuthenticationException)
            {
                // As it should be.
            }
        }
    }

    private static X509Certificate2 SelfSigned(int daysLeft)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(daysLeft));
    }
}
