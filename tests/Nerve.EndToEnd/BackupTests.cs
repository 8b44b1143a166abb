using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary><c>nerve-center db backup|restore</c>.</summary>
public sealed class BackupTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Backup_WhileTheCenterRuns_IsRestoredIntoAnotherKindOfStore(string engine)
    {
        await using var site = await Site.StartAsync();
        var target = await EmptyDatabase.CreateAsync(engine, fleet);
        var file = site.At("fleet.backup");

        var backup = (await fleet.RunAsync("db", "backup", file, "--data", site.At("center-data"))).Done(file, "Keep it as safe as the database");
        Assert.False(site.Center.HasExited);
        var restore = (await fleet.RunWithAsync(target.Environment, "db", "restore", file, "--data", target.Data)).Done("is restored");

        Assert.Equal(14, backup.Sections.Count);
        Assert.Contains(backup.Sections, line => line.StartsWith("users\t1\t", StringComparison.Ordinal));
        Assert.Equal(backup.Sections, restore.Sections);
        Assert.Equal(1, await target.CountAsync("users"));
    }

    /// <summary>Samples that are older than they are to be kept come along: what the file counts must be there at the end.</summary>
    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Backup_OfOldSamples_GoesThereAndBackWhole(string engine)
    {
        var data = fleet.CopyOfData();
        await SmallFleet.AddOldSamplesAsync(data);
        var (there, back) = (await EmptyDatabase.CreateAsync(engine, fleet), fleet.NewFolder());

        (await fleet.RunWithAsync(there.Environment, "db", "restore", await BackupAsync(data), "--data", there.Data)).Done("is restored");
        Assert.Equal(1 + SmallFleet.OldSamples, await there.CountAsync("samples"));
        if (engine == "mongodb")
        {
            Assert.Null(await there.SampleLifeAsync());
        }

        (await fleet.RunAsync("db", "restore", await BackupAsync(there.Data, there.Environment), "--data", back)).Done("is restored");
        Assert.Equal(1L + SmallFleet.OldSamples, await SmallFleet.SqlAsync(back, "SELECT count(*) FROM samples"));
    }

    [Fact]
    public async Task Backup_IntoAFolderThatIsNotThere_SaysSo()
    {
        var file = Path.Combine(fleet.NewFolder(), "fleet.backup");

        (await fleet.RunAsync("db", "backup", file, "--data", fleet.CopyOfData())).Refused(1, "could not be written", Path.GetDirectoryName(file)!);
    }

    [Fact]
    public async Task Backup_ToAFullDisk_SaysSoAndLeavesNothing()
    {
        var folder = fleet.NewFolder();
        using var disk = new SmallDisk(folder, 1);
        disk.Fill();

        (await fleet.RunAsync("db", "backup", Path.Combine(folder, "fleet.backup"), "--data", fleet.CopyOfData())).Refused(1, "could not be written", "No space left");

        Assert.Equal(["filler"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Restore_IntoADatabaseWithAFleet_OverwritesNothing()
    {
        var (data, other) = (fleet.CopyOfData(), fleet.CopyOfData());
        await SmallFleet.SqlAsync(other, "UPDATE agents SET Hostname = 'of the other fleet'");
        var file = await BackupAsync(data);

        (await fleet.RunAsync("db", "restore", file, "--data", other))
            .Refused(1, SmallFleet.Database(other), "is not empty", "overwrites nothing", "give it an empty database");
        Assert.Equal("of the other fleet", await SmallFleet.SqlAsync(other, "SELECT Hostname FROM agents"));
    }

    /// <summary>As a backup is that was copied while it was being written.</summary>
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0)]
    public async Task Restore_HalfWrittenFile_ChangesNothingAndSaysSo(double part)
    {
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, 2000);
        var file = await BackupAsync(data);
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, whole[..(int)(whole.Length * part)], TestContext.Current.CancellationToken);
        var target = fleet.NewFolder();

        (await fleet.RunAsync("db", "restore", file, "--data", target)).Refused(1, file, "is no undamaged backup", "Nothing has been changed");

        Assert.False(Directory.Exists(target));
    }

    /// <summary>Killed in the middle of the samples.</summary>
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Restore_KilledAndDoneAgain_KeepsCentersAwayAndCompletes(string engine)
    {
        const int Samples = 40_000;
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, Samples - 1);
        var file = await BackupAsync(data);

        var killed = fleet.Launch(there.Environment, "db", "restore", file, "--data", there.Data);
        await fleet.Site.EventuallyAsync("some samples are there", async () => killed.HasExited ? -1 : await there.CountAsync("samples"), count => count != 0);
        await killed.KillAsync();
        Assert.InRange(await there.CountAsync("samples"), 1, Samples - 1);

        (await fleet.RunWithAsync(there.Environment, "serve", "--addr", $"127.0.0.1:{Ports.Free()}", "--data", there.Data))
            .Refused(2, "only partly filled", $"Go on with it: nerve-center db restore {file}");
        (await fleet.RunWithAsync(there.Environment, "db", "restore", file, "--data", there.Data))
            .Done($"is only partly filled from {file}", $"samples\t{Samples}\t", "is restored");
        (await fleet.RunWithAsync(there.Environment, "db", "check", "--data", there.Data)).Done("No damage found.");
    }

    [Fact]
    public async Task Restore_FileThatIsNotThere_SaysSo()
    {
        var file = fleet.NewFolder();

        (await fleet.RunAsync("db", "restore", file, "--data", fleet.NewFolder())).Refused(1, file, "Nothing has been changed");
    }

    private async Task<string> BackupAsync(string data, Dictionary<string, string>? environment = null)
    {
        var file = fleet.NewFolder() + ".backup";
        (await fleet.RunWithAsync(environment ?? [], "db", "backup", file, "--data", data)).Done();
        return file;
    }
}
