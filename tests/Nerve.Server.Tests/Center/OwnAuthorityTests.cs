using System.CommandLine;
using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Center;
using Nerve.Center.Tls;
using Nerve.Configuration;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Center;

/// <summary>HTTPS by <c>--tls</c>: an authority of the center's own.</summary>
public sealed class OwnAuthorityTests : IDisposable
{
    private const string Openssl = "/usr/bin/openssl";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-tls-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("fleet.example.com", true)]
    [InlineData("other.example.com", false)]
    public async Task Start_WhoTrustsTheAuthority_TrustsTheCenterByItsNames(string name, bool isTrusted)
    {
        await using var center = await TestCenter.StartAsync(flags: ["--tls", "--tls-names", "fleet.example.com"]);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(AuthorityOf(center));

        var errors = await ErrorsAsync(center, authority, name);

        Assert.Equal(isTrusted ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch, errors);
    }

    [Fact]
    public async Task Start_WhoDoesNotTrustTheAuthority_DoesNotTrustTheCenter()
    {
        await using var center = await TestCenter.StartAsync(flags: "--tls");
        using var stranger = Certificates.Authority("stranger");

        Assert.Equal(SslPolicyErrors.RemoteCertificateChainErrors, await ErrorsAsync(center, stranger, "localhost"));
    }

    [Fact]
    public async Task StartAgain_KeepsTheAuthority_ForItsOwnerAlone()
    {
        var first = await TestCenter.StartAsync(flags: "--tls");
        var folder = Path.Combine(first.DataFolder, "tls");
        var before = Contents(folder);

        await using var second = await first.StartAgainAsync(flags: "--tls");

        Assert.Equal(["ca.crt", "ca.key", "center.pem"], before.Keys.Order());
        Assert.Equal((before["ca.crt"], before["ca.key"]), (Contents(folder)["ca.crt"], Contents(folder)["ca.key"]));
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(300, true)]
    public void Renew_AfterDays_SignsAnotherInTheLastThirdOfItsLife(int days, bool isRenewed)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var authority = new OwnAuthority(_folder.FullName, time);
        authority.Renew(["localhost"]);
        var before = Contents(_folder.FullName);

        time.Advance(TimeSpan.FromDays(days));
        authority.Renew(["localhost"]);

        Assert.Equal(isRenewed, Contents(_folder.FullName)["center.pem"] != before["center.pem"]);
        Assert.Equal(before["ca.crt"], Contents(_folder.FullName)["ca.crt"]);
    }

    [Fact]
    public async Task WhileItRuns_CertificateIsRenewed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var authority = new OwnAuthority(_folder.FullName, time);
        authority.Renew(CenterNames.All(["fleet.example.com"]));
        var before = File.ReadAllText(authority.CertificateFile);
        using var renewal = new CertificateRenewal(authority, ["fleet.example.com"], time, NullLogger<CertificateRenewal>.Instance);
        await renewal.StartAsync(TestCenter.Cancelled);

        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromHours(6));
            return File.ReadAllText(authority.CertificateFile) != before;
        });

        await renewal.StopAsync(TestCenter.Cancelled);
    }

    [Fact]
    public void Renew_NewNameOrDamagedCertificate_SignsAnother()
    {
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        authority.Renew(["localhost"]);
        var first = File.ReadAllText(authority.CertificateFile);
        authority.Renew(["localhost"]);
        Assert.Equal(first, File.ReadAllText(authority.CertificateFile));

        authority.Renew(["localhost", "10.1.2.3"]);
        var second = File.ReadAllText(authority.CertificateFile);
        Assert.NotEqual(first, second);
        File.WriteAllText(authority.CertificateFile, "half a file");
        authority.Renew(["localhost", "10.1.2.3"]);

        Assert.StartsWith("-----BEGIN CERTIFICATE-----", File.ReadAllText(authority.CertificateFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Renew_AuthorityReplacedByAnother_SignsWithThat()
    {
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        var first = authority.Renew(["localhost"]);
        var certificate = File.ReadAllText(authority.CertificateFile);
        File.Delete(authority.AuthorityFile);
        File.Delete(Path.Combine(_folder.FullName, "ca.key"));

        Assert.NotEqual(first, authority.Renew(["localhost"]));
        Assert.NotEqual(certificate, File.ReadAllText(authority.CertificateFile));
    }

    [Fact]
    public void Renew_KeyOfTheAuthorityIsGone_SaysWhatToDoAndMakesNoOther()
    {
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        authority.Renew(["localhost"]);
        var before = File.ReadAllText(authority.AuthorityFile);
        File.Delete(Path.Combine(_folder.FullName, "ca.key"));

        var problem = Assert.Throws<StartException>(() => authority.Renew(["localhost"]));

        Assert.Contains("ca.key", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Restore", problem.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(authority.AuthorityFile));
    }

    /// <summary>A start that was cut off, or a certificate that was lost.</summary>
    [Fact]
    public void Renew_OnlyTheKeyOfTheAuthorityIsThere_MakesItsCertificateAnew()
    {
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        authority.Renew(["localhost"]);
        var key = Contents(_folder.FullName)["ca.key"];
        File.Delete(authority.AuthorityFile);

        authority.Renew(["localhost"]);

        Assert.Equal(key, Contents(_folder.FullName)["ca.key"]);
        Assert.True(File.Exists(authority.AuthorityFile));
    }

    /// <summary>The clock was ahead when the authority was made, or the authority comes from a machine whose clock is.</summary>
    [Fact]
    public void Renew_ClockGoesBack_SignsWhatIsGoodNow_OrSaysWhatToDo()
    {
        var made = DateTimeOffset.UtcNow;
        new OwnAuthority(_folder.FullName, new FakeTimeProvider(made)).Renew(["localhost"]);

        var earlier = new OwnAuthority(_folder.FullName, new FakeTimeProvider(made.AddHours(-8)));
        earlier.Renew(["localhost", "10.1.2.3"]);
        using (var certificate = X509CertificateLoader.LoadCertificateFromFile(earlier.CertificateFile))
        {
            Assert.True(certificate.NotBefore.ToUniversalTime() <= made.AddHours(-8));
        }

        var problem = Assert.Throws<StartException>(() => new OwnAuthority(_folder.FullName, new FakeTimeProvider(made.AddDays(-400))).Renew(["localhost"]));
        Assert.Contains("clock", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Renew_NameOutsideAscii_IsSignedOnce()
    {
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        var names = CenterNames.All(["中心.example.com"]);
        authority.Renew(names);
        var first = File.ReadAllText(authority.CertificateFile);

        authority.Renew(names);

        Assert.Contains("xn--fiqq24b.example.com", names); // by another implementation of IDNA
        Assert.Equal(first, File.ReadAllText(authority.CertificateFile));
    }

    /// <summary>Its strict check refuses what RFC 5280 forbids.</summary>
    [Fact]
    public async Task Certificates_ByOpenssl_AreStrictlyValidForAServerOfThatName()
    {
        Assert.SkipUnless(File.Exists(Openssl), "openssl is not installed.");
        var authority = new OwnAuthority(_folder.FullName, TimeProvider.System);
        authority.Renew(["center.example.com", "10.1.2.3", "fd00::5"]);

        foreach (var name in (string[][])[["-verify_hostname", "center.example.com"], ["-verify_ip", "10.1.2.3"], ["-verify_ip", "fd00::5"]])
        {
            string[] arguments = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authority.AuthorityFile, .. name, authority.CertificateFile];
            using var openssl = Process.Start(new ProcessStartInfo(Openssl, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = await openssl.StandardError.ReadToEndAsync(TestCenter.Cancelled);
            await openssl.WaitForExitAsync(TestCenter.Cancelled);
            Assert.True(openssl.ExitCode == 0, said);
        }
    }

    [Theory]
    [InlineData("tls-cert", "--tls", "--tls-cert", "/etc/hosts", "--tls-key", "/etc/hosts")]
    [InlineData("tls-key", "--tls-cert", "/etc/hosts")]
    [InlineData("tls-names", "--tls-names", "fleet.example.com")]
    [InlineData("tls-client-ca", "--tls-client-ca", "/etc/hosts")]
    [InlineData("host name", "--tls", "--tls-names", "https://fleet.example.com")]
    public void Read_SettingsThatDoNotFitEachOther_SaysWhich(string named, params string[] flags)
    {
        var root = new RootCommand().WithSettings(CenterSettings.Table);

        var problem = Assert.Throws<ConfigurationException>(() => CenterSettings.Read(root.Parse(flags)));

        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
    }

    /// <summary>What a client that trusts this authority alone finds wrong.</summary>
    private static async Task<SslPolicyErrors> ErrorsAsync(TestCenter center, X509Certificate2 authority, string name)
    {
        var found = SslPolicyErrors.None;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = Certificates.TrustOnly(authority),
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                {
                    found = errors;
                    return true;
                },
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = center.Address, DefaultRequestHeaders = { Host = name } };
        (await client.GetAsync("/health/live", TestCenter.Cancelled)).EnsureSuccessStatusCode().Dispose();
        return found;
    }

    private static string AuthorityOf(TestCenter center) => Path.Combine(center.DataFolder, "tls", "ca.crt");

    private static Dictionary<string, string> Contents(string folder) =>
        Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
}
