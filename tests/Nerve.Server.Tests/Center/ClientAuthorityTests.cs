using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nerve.Center;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Center;

/// <summary>Mutual TLS by <c>--tls-client-ca</c>.</summary>
public sealed class ClientAuthorityTests : IDisposable
{
    private const string Openssl = "/usr/bin/openssl";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";
    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-mtls-");
    private readonly X509Certificate2 _root = Certificates.Authority("fleet");
    private readonly X509Certificate2 _intermediate;

    public ClientAuthorityTests()
    {
        _intermediate = Certificates.Authority("rack", _root);
        File.WriteAllText(CaFile, _root.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem() + "\n");
    }

    private string CaFile => Path.Combine(_folder.FullName, "clients.crt");

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Request_CertificateOfTheAuthority_IsAnswered()
    {
        await using var center = await StartAsync();
        using var direct = Leaf(_root, ForClients);
        using var below = Leaf(_intermediate, ForClients);

        Assert.Equal("Healthy", await AskAsync(center, direct));
        Assert.Equal("Healthy", await AskAsync(center, below));
    }

    /// <summary>The second connection goes on with the session of the first, if the center lets it: then the chain is not sent again.</summary>
    [Fact]
    public async Task Request_ChainFromTheClientItself_IsAnsweredAgain()
    {
        Assert.SkipUnless(File.Exists(Openssl), "openssl is not installed.");
        File.WriteAllText(CaFile, _root.ExportCertificatePem());
        using var below = Leaf(_intermediate, ForClients);
        File.WriteAllText(At("leaf"), below.ExportCertificatePem());
        File.WriteAllText(At("key"), below.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(At("chain"), _intermediate.ExportCertificatePem());
        await using var center = await StartAsync();

        Assert.Contains("Healthy", await AskByOpensslAsync(center, "-sess_out", At("session")), StringComparison.Ordinal);
        Assert.Contains("Healthy", await AskByOpensslAsync(center, File.Exists(At("session")) ? ["-sess_in", At("session")] : []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithoutACertificate_IsRefusedAndLogged()
    {
        await using var center = await StartAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(center, null));

        await Eventually.HoldsAsync(() => center.Logs.Lines.Any(line => line.Contains("it shows no certificate", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Request_CertificateOfAnotherAuthority_IsRefused()
    {
        await using var center = await StartAsync();
        using var other = Certificates.Authority("fleet"); // by the same name
        using var leaf = Leaf(other, ForClients);

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(center, leaf));
    }

    [Fact]
    public async Task Request_CertificateThatHasExpiredOrIsForServers_IsRefused()
    {
        await using var center = await StartAsync();
        using var expired = Leaf(_root, ForClients, days: -1);
        using var server = Leaf(_root, ForServers);

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(center, expired));
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(center, server));
    }

    [Fact]
    public async Task Start_FileWithoutAnAuthority_SaysSo()
    {
        File.WriteAllText(CaFile, "no certificate");

        var problem = await Assert.ThrowsAsync<StartException>(StartAsync);

        Assert.Contains(CaFile, problem.Message, StringComparison.Ordinal);
    }

    private Task<TestCenter> StartAsync() => TestCenter.StartAsync(flags: ["--tls", "--tls-client-ca", CaFile]);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private async Task<string> AskByOpensslAsync(TestCenter center, params string[] session)
    {
        string[] shown = ["-cert", At("leaf"), "-key", At("key"), "-cert_chain", At("chain")];
        using var openssl = Process.Start(new ProcessStartInfo(Openssl, ["s_client", "-ign_eof", "-tls1_2", "-connect", center.Address.Authority, .. shown, .. session])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await openssl.StandardInput.WriteAsync("GET /health/live HTTP/1.0\r\n\r\n");
        openssl.StandardInput.Close();
        var said = await openssl.StandardOutput.ReadToEndAsync(TestCenter.Cancelled);
        await openssl.WaitForExitAsync(TestCenter.Cancelled);
        return said;
    }

    private static async Task<string> AskAsync(TestCenter center, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate, // shown whatever is asked for
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = center.Address };
        return await client.GetStringAsync("/health/live", TestCenter.Cancelled);
    }

    private static X509Certificate2 Leaf(X509Certificate2 by, string purpose, int days = 1) =>
        Certificates.Leaf(by, new X509EnhancedKeyUsageExtension([new Oid(purpose)], false), days);
}
