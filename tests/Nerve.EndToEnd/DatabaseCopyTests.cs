using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary><c>nerve-center db copy</c>.</summary>
public sealed class DatabaseCopyTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    private const int Samples = 60_000;

    /// <summary>With samples that are older than they are to be kept: what the copy counts must be there at the end.</summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Copy_IntoAServerAndBack_IsTheSameFleet(string engine)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var (data, back) = (fleet.CopyOfData(), fleet.NewFolder());
        await SmallFleet.AddOldSamplesAsync(data);
        Directory.CreateDirectory(back);

        var first = (await CopyAsync(there.Environment, Address(data), "env:TARGET")).Done("holds what");
        if (engine == "mongodb")
        {
            Assert.Null(await there.SampleLifeAsync());
        }

        var second = (await CopyAsync(there.Environment, "env:TARGET", Address(back))).Done("holds what");

        Assert.Equal(14, first.Sections.Count);
        Assert.Contains(first.Sections, line => line.StartsWith($"samples\t{1 + SmallFleet.OldSamples}\t", StringComparison.Ordinal));
        Assert.Equal(first.Sections, second.Sections);
        Assert.Equal("gpu-1", await SmallFleet.SqlAsync(back, "SELECT Hostname FROM agents"));
    }

    /// <summary>Killed in the middle of the samples: no center starts on half a fleet.</summary>
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Copy_KilledAndDoneAgain_Completes(string engine)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, Samples - 1);
        Task<long> CopiedAsync() => there.CountAsync("samples");

        var killed = fleet.Launch(there.Environment, Line(Address(data), "env:TARGET"));
        await fleet.Site.EventuallyAsync("some samples are copied", async () => killed.HasExited ? -1 : await CopiedAsync(), count => count != 0);
        await killed.KillAsync();
        Assert.InRange(await CopiedAsync(), 1, Samples - 1);

        string[] said = ["only partly filled", SmallFleet.Database(data), $"Go on with it: nerve-center {string.Join(' ', Line(Address(data), "env:TARGET"))}"];
        (await fleet.RunWithAsync(there.Environment, "serve", "--addr", $"127.0.0.1:{Ports.Free()}", "--data", there.Data)).Refused(2, said);
        (await fleet.RunWithAsync(there.Environment, "db", "backup", fleet.NewFolder(), "--data", there.Data)).Refused(1, said);
        var check = await fleet.RunWithAsync(there.Environment, "db", "check", "--data", there.Data);
        Assert.Equal(1, check.ExitCode);
        Assert.All(said, words => Assert.Contains(words, check.Output, StringComparison.Ordinal));

        (await CopyAsync(there.Environment, Address(data), "env:TARGET")).Done("is only partly filled from", "going on", "holds what", $"samples\t{Samples}\t");

        Assert.Equal(Samples, await CopiedAsync());
        (await fleet.RunWithAsync(there.Environment, "db", "check", "--data", there.Data)).Done("No damage found.");
    }

    [Fact]
    public async Task Copy_IntoAnotherFleet_NamesWhatDiffersAndKeepsIt()
    {
        var (data, other) = (fleet.CopyOfData(), fleet.CopyOfData());
        await SmallFleet.SqlAsync(other, "UPDATE agents SET Hostname = 'of the other fleet'");

        (await CopyAsync([], Address(data), Address(other)))
            .Refused(1, SmallFleet.Database(other), "differs from", "in: agents.", "into an empty database");
        Assert.Equal("of the other fleet", await SmallFleet.SqlAsync(other, "SELECT Hostname FROM agents"));
    }

    [Fact]
    public async Task Copy_FromADatabaseOfANewerProgram_SaysSo()
    {
        var data = fleet.CopyOfData();
        await SmallFleet.SqlAsync(data, "INSERT INTO __EFMigrationsHistory VALUES ('99991231235959_FromTheFuture', '99.0.0')");

        (await CopyAsync([], Address(data), Address(fleet.CopyOfData()))).Refused(2, "--from", SmallFleet.Database(data), "newer than this program");
    }

    [Fact]
    public async Task Copy_OntoItself_IsRefused()
    {
        var data = fleet.CopyOfData();

        (await CopyAsync([], Address(data), Address(data))).Refused(2, "--from and --to are the same database");
    }

    [Theory]
    [InlineData("sqlite:/nowhere/nerve.db", "--from: the file /nowhere/nerve.db does not exist.")]
    [InlineData("fleet.db", "--from is no database; write sqlite:FILE, a postgres:// or mongodb:// URL")]
    [InlineData("env:NOT_SET_HERE", "--from: the variable NOT_SET_HERE is not set.")]
    [InlineData("file:/nowhere/url", "--from: the file /nowhere/url does not exist.")]
    [InlineData("postgres://nerve:s3cret@db.example.com/nerve", "write env:NAME or file:PATH")]
    public async Task Copy_SourceThatIsNone_SaysWhatToWrite(string from, string expected)
    {
        var outcome = await CopyAsync([], from, Address(fleet.CopyOfData()));

        outcome.Refused(2, expected);
        Assert.DoesNotContain("s3cret", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_ToAServerThatIsNotThere_SaysWhich()
    {
        var port = Ports.Free();

        (await CopyAsync([], Address(fleet.CopyOfData()), $"postgres://nerve@127.0.0.1:{port}/nerve"))
            .Refused(2, "--to", $"127.0.0.1:{port}", "cannot be reached");
    }

    private static string Address(string data) => "sqlite:" + SmallFleet.Database(data);

    private static string[] Line(string from, string to) => ["db", "copy", "--from", from, "--to", to];

    private Task<Outcome> CopyAsync(Dictionary<string, string> environment, string from, string to) => fleet.RunWithAsync(environment, Line(from, to));
}
