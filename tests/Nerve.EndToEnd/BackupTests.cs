using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary><c>nerve-center db backup|restore</c>.</summary>
public sealed class BackupTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Fact]
    public async Task Backup_WhileTheCenterRuns_IsRestoredIntoAnotherKindOfStore()
    {
        await using var site = await Site.StartAsync();
        var postgres = await EmptyPostgres.CreateAsync();
        var file = site.At("fleet.backup");
        var target = new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = postgres.Url };

        var backup = (await fleet.RunAsync("db", "backup", file, "--data", site.At("center-data"))).Done(file, "Keep it as safe as the database");
        Assert.False(site.Center.HasExited);
        var restore = (await fleet.RunWithAsync(target, "db", "restore", file, "--data", fleet.NewFolder())).Done("is restored");

        Assert.Equal(12, backup.Sections.Count);
        Assert.Contains(backup.Sections, line => line.StartsWith("users\t1\t", StringComparison.Ordinal));
        Assert.Equal(backup.Sections, restore.Sections);
        Assert.Equal(1L, await postgres.ScalarAsync("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task Backup_IntoAFolderThatIsNotThere_SaysSo()
    {
        var file = Path.Combine(fleet.NewFolder(), "fleet.backup");

        (await fleet.RunAsync("db", "backup", file, "--data", fleet.CopyOfData())).Refused(1, "could not be written", Path.GetDirectoryName(file)!);
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

    [Fact]
    public async Task Restore_FileThatIsNotThere_SaysSo()
    {
        var file = fleet.NewFolder();

        (await fleet.RunAsync("db", "restore", file, "--data", fleet.NewFolder())).Refused(1, file, "Nothing has been changed");
    }

    private async Task<string> BackupAsync(string data)
    {
        var file = fleet.NewFolder() + ".backup";
        (await fleet.RunAsync("db", "backup", file, "--data", data)).Done();
        return file;
    }
}
