using Nerve.Agent.Identity;
using Nerve.Configuration;

namespace Nerve.Agent.Tests.Identity;

public sealed class StateFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-state-").FullName;

    private string State => Path.Combine(_folder, "nerve", "agent");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_NotThere_IsMadeForTheOwnerOnly()
    {
        using var state = StateFolder.Open(State);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(State));
    }

    [Fact]
    public void Open_EmptyAndReadableByOthers_IsTightened()
    {
        Directory.CreateDirectory(State, Readable);
        File.SetUnixFileMode(State, Readable);

        using var state = StateFolder.Open(State);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(State));
    }

    /// <summary><c>--state /etc</c> must not make a machine unusable.</summary>
    [Fact]
    public void Open_FolderOfSomethingElse_IsRefusedAndNotTouched()
    {
        Directory.CreateDirectory(State);
        File.SetUnixFileMode(State, Readable);
        File.WriteAllText(Path.Combine(State, "passwd"), "");

        var error = Assert.Throws<ConfigurationException>(() => StateFolder.Open(State));

        Assert.Contains("has other files in it", error.Message);
        Assert.Equal(Readable, File.GetUnixFileMode(State));
    }

    [Fact]
    public void Open_SecondAgent_IsRefusedUntilTheFirstIsGone()
    {
        using (StateFolder.Open(State))
        {
            var error = Assert.Throws<ConfigurationException>(() => StateFolder.Open(State));
            Assert.Contains($"another nerve-agent is using the folder {State}", error.Message);
        }

        StateFolder.Open(State).Dispose();
    }

    [Fact]
    public void Open_PathThroughAFile_IsAnError()
    {
        File.WriteAllText(Path.Combine(_folder, "nerve"), "");
        Assert.StartsWith($"state: the folder {State} cannot be used: ", Assert.Throws<ConfigurationException>(() => StateFolder.Open(State)).Message);
    }
}
