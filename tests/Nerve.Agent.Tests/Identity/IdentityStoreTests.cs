using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Identity;
using Nerve.Configuration;

namespace Nerve.Agent.Tests.Identity;

public sealed class IdentityStoreTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly AgentIdentity s_identity = new(
        Guid.Parse("01920000-0000-7000-8000-000000000001"), "secret", "https://center/", "dmi-1", DateTimeOffset.UnixEpoch);

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-identity-").FullName;
    private readonly IdentityStore _store;

    public IdentityStoreTests() =>
        _store = new IdentityStore(
            _folder, new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 8, 15, 30, TimeSpan.Zero)), NullLogger<IdentityStore>.Instance);

    private string File1 => Path.Combine(_folder, "identity.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_NothingStored_IsNull() => Assert.Null(_store.Load());

    [Fact]
    public void Save_ThenLoad_IsTheSameAndForTheOwnerOnly()
    {
        _store.Save(s_identity);

        Assert.Equal(s_identity, _store.Load());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(File1));
        Assert.Equal([File1], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Load_ReadableByOthers_IsTightened()
    {
        _store.Save(s_identity);
        File.SetUnixFileMode(File1, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Assert.Equal(s_identity, _store.Load());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(File1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"agentId\":\"01920000-0000-7000-8000-000000000001\",\"credential\":null,\"server\":null,\"fingerprint\":null,\"enrolledAt\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"agentId\":\"00000000-0000-0000-0000-000000000000\",\"credential\":\"x\",\"server\":null,\"fingerprint\":null,\"enrolledAt\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("\0\0\0\0")]
    public void Load_Damaged_SaysWhatToDoAndLeavesTheFile(string content)
    {
        File.WriteAllText(File1, content);

        var error = Assert.Throws<ConfigurationException>(_store.Load);

        Assert.StartsWith($"{File1} is damaged: ", error.Message);
        Assert.Contains("move it away to enrol this machine as a new agent", error.Message);
        Assert.Equal(content, File.ReadAllText(File1));
    }

    [Fact]
    public void SetAside_OtherMachinesIdentity_IsKeptUnderAnotherName()
    {
        _store.Save(s_identity);
        _store.SetAside();

        Assert.Null(_store.Load());
        Assert.Equal([File1 + ".cloned-20260131T081530000Z"], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void ToString_Identity_DoesNotShowTheSecret() => Assert.DoesNotContain("secret", $"{s_identity}");
}
