using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Center;

/// <summary>What the center shows of itself with <c>--tls-cert</c>.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-tls-");
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public CertificateTests()
    {
        _root = Certificates.Authority("root");
        _intermediate = Certificates.Authority("intermediate", _root);
    }

    private string Chain => Path.Combine(_folder.FullName, "chain.pem");

    private string Key => Path.Combine(_folder.FullName, "key.pem");

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Start_WithAChain_ShowsAllOfIt_ToWhoKnowsOnlyTheRoot()
    {
        WriteChain();
        await using var center = await TestCenter.StartAsync(flags: ["--tls-cert", Chain, "--tls-key", Key]);

        Assert.Equal(2, (await ShownAsync(center)).Known);
    }

    [Fact]
    public async Task Renewed_WhileItRuns_IsShownWithoutARestart_AndABadFileIsNot()
    {
        WriteChain();
        await using var center = await TestCenter.StartAsync(flags: ["--tls-cert", Chain, "--tls-key", Key]);
        var first = (await ShownAsync(center)).Leaf;

        File.WriteAllText(Chain, "half a file");
        Assert.Equal(first, (await ShownAsync(center)).Leaf);
        WriteChain();

        Assert.NotEqual(first, (await ShownAsync(center)).Leaf);
    }

    /// <returns>The leaf, and how many certificates the client had without looking anywhere.</returns>
    private async Task<(string Leaf, int Known)> ShownAsync(TestCenter center)
    {
        var shown = ("", 0);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = Certificates.TrustOnly(_root),
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                {
                    shown = (certificate!.GetCertHashString(), chain!.ChainElements.Count - 1);
                    return errors == SslPolicyErrors.None;
                },
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new UriBuilder(center.Address) { Host = "localhost" }.Uri };
        (await client.GetAsync("/health/live", TestCenter.Cancelled)).Dispose();
        return shown;
    }

    private void WriteChain()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        using var leaf = Certificates.Leaf(_intermediate, names.Build());
        File.WriteAllText(Key, leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Chain, leaf.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem() + "\n");
    }
}
