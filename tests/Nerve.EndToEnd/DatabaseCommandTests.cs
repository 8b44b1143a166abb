using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary><c>nerve-center db migrate|check|prune</c>, and what every <c>db</c> command says about a database it cannot use.</summary>
public sealed class DatabaseCommandTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Fact]
    public async Task Migrate_NoDatabaseYet_MakesOne()
    {
        var data = fleet.NewFolder();

        (await fleet.RunAsync("db", "migrate", "--data", data)).Done(SmallFleet.Database(data), "is up to date");

        Assert.Equal(0L, await SmallFleet.SqlAsync(data, "SELECT count(*) FROM agents"));
        (await fleet.RunAsync("db", "migrate", "--data", data)).Done("is up to date");
    }

    [Fact]
    public async Task Check_GoodAndThenDamaged_SaysWhich()
    {
        var data = fleet.CopyOfData();
        (await fleet.RunAsync("db", "check", "--data", data)).Done("No damage found.");

        await SmallFleet.SqlAsync(
            data, "INSERT INTO run_outputs (RunId, \"Offset\", Stream, At, Data) VALUES ('01990000-0000-7000-8000-000000000000', 0, 1, 0, x'00')");
        var damaged = await fleet.RunAsync("db", "check", "--data", data);

        Assert.Equal((1, ""), (damaged.ExitCode, damaged.Error));
        Assert.Contains("run_outputs row 1 refers to a missing runs", damaged.Output, StringComparison.Ordinal);
    }

    /// <summary>Seven days unless the settings say otherwise.</summary>
    [Fact]
    public async Task Prune_OldSamples_RemovesThemAndSaysHowMany()
    {
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, 100);
        await SmallFleet.SqlAsync(data, "UPDATE samples SET At = At - 8 * 86400000 WHERE At < (SELECT max(At) - 60500 FROM samples)");

        (await fleet.RunAsync("db", "prune", "--data", data)).Done("samples: 40 removed", "inventories: 0 removed", "outputs of runs: 0 removed");
        Assert.Equal(61L, await SmallFleet.SqlAsync(data, "SELECT count(*) FROM samples"));
        (await fleet.RunAsync("db", "prune", "--data", data)).Done("samples: 0 removed");
        (await fleet.RunAsync("db", "prune", "--data", data, "--retention-samples", "30d")).Done("samples: 0 removed");
    }

    /// <summary>A day at once on PostgreSQL; MongoDB's own server may be there before.</summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Prune_OldSamplesOnAServer_RemovesThemAndNoOthers(string engine)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var data = fleet.CopyOfData();
        await SmallFleet.AddOldSamplesAsync(data);
        (await fleet.RunWithAsync(there.Environment, "db", "copy", "--from", "sqlite:" + SmallFleet.Database(data), "--to", "env:TARGET")).Done("holds what");

        (await fleet.RunWithAsync(there.Environment, "db", "prune", "--data", there.Data)).Done("samples: ", "inventories: 0 removed", "outputs of runs: 0 removed");

        Assert.Equal(1, await there.CountAsync("samples"));
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("check")]
    [InlineData("prune")]
    [InlineData("backup")]
    public async Task Any_DatabaseOfANewerProgram_LeavesItAloneAndSaysSo(string command)
    {
        var data = fleet.CopyOfData();
        await SmallFleet.SqlAsync(data, "INSERT INTO __EFMigrationsHistory VALUES ('99991231235959_FromTheFuture', '99.0.0')");
        var file = fleet.NewFolder();

        (await fleet.RunAsync(["db", command, .. command == "backup" ? [file] : Array.Empty<string>(), "--data", data]))
            .Refused(2, SmallFleet.Database(data), "newer than this program", "use the newer nerve-center");

        Assert.False(File.Exists(file));
        Assert.Equal(1L, await SmallFleet.SqlAsync(data, "SELECT count(*) FROM agents"));
    }

    [Theory]
    [InlineData("postgres", "http://db.example.com/nerve", "storage-url", "is not a PostgreSQL URL; write for example postgres://")]
    [InlineData("postgres", "postgres://nerve:s3cret@/nerve", "storage-url", "postgres://")]
    [InlineData("mongodb", "postgres://nerve:s3cret@localhost/nerve", "storage-url", "mongodb://")]
    [InlineData("mongodb", "", "storage-url", "is required with storage mongodb")]
    [InlineData("oracle", "oracle://nerve:s3cret@localhost/nerve", "storage", "sqlite, postgres, mongodb")]
    public async Task Any_StorageUrlThatIsWrong_NamesTheSettingAndShowsAGoodOne(string storage, string url, params string[] words)
    {
        var outcome = await fleet.RunWithAsync(
            url.Length == 0 ? [] : new() { ["NERVE_STORAGE_URL"] = url }, "db", "check", "--storage", storage, "--data", fleet.NewFolder());

        outcome.Refused(2, words);
        Assert.DoesNotContain("s3cret", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres", "postgres://nerve:s3cret@127.0.0.1:{0}/nerve", "Check host and port in storage-url")]
    [InlineData("mongodb", "mongodb://127.0.0.1:{0}/nerve", "storage-url")]
    public async Task Any_ServerThatIsNotThere_SaysWhichAndWhatToDo(string storage, string url, string advice)
    {
        var port = Ports.Free();

        var outcome = await fleet.RunWithAsync(
            new() { ["NERVE_STORAGE_URL"] = url.Replace("{0}", $"{port}", StringComparison.Ordinal) },
            "db", "check", "--storage", storage, "--data", fleet.NewFolder());

        outcome.Refused(2, $"127.0.0.1:{port}", "cannot be reached", advice);
        Assert.DoesNotContain("s3cret", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_DatabaseThatTheServerDoesNotHave_SaysHowToMakeIt()
    {
        var postgres = await EmptyPostgres.CreateAsync();
        var url = postgres.Url + "_that_nobody_made";

        (await fleet.RunWithAsync(new() { ["NERVE_STORAGE_URL"] = url }, "db", "check", "--storage", "postgres", "--data", fleet.NewFolder()))
            .Refused(2, "_that_nobody_made", "does not exist", "createdb");
    }
}
