using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>A database that goes away in the middle of a command: one line that says which and what to do, and the command done again completes.</summary>
public sealed class DatabaseGoneTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    private const int Samples = 20_000;

    /// <summary>More than it takes to open a database, and less than a quarter of the samples.</summary>
    private const int Midway = 1_000_000;

    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Restore_ThenBackup_DatabaseGone_SayWhichAndComeToTheirEndLater(string engine)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var (file, back) = (fleet.NewFolder() + ".backup", fleet.NewFolder() + ".backup");
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, Samples);
        (await fleet.RunAsync("db", "backup", file, "--data", data)).Done();

        await RefusedAsync(there, Midway, "restore", file);
        (await RunAsync(there, "restore", file)).Done("going on", "is restored");
        await RefusedAsync(there, Midway, "backup", back);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(back)!, Path.GetFileName(back) + "*"));
        (await RunAsync(there, "backup", back)).Done("is written");
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mongodb")]
    public async Task Copy_DatabaseGone_SaysWhichAndGoesOnLater(string engine)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        var data = fleet.CopyOfData();
        await SmallFleet.AddSamplesAsync(data, Samples);
        string[] copy = ["copy", "--from", "sqlite:" + SmallFleet.Database(data), "--to", "env:TARGET"];

        await RefusedAsync(there, Midway, copy);
        (await RunAsync(there, copy)).Done("going on", "holds what");
    }

    [Theory]
    [InlineData("postgres", "check")]
    [InlineData("postgres", "prune")]
    [InlineData("mongodb", "check")]
    [InlineData("mongodb", "prune")]
    public async Task CheckAndPrune_DatabaseGone_SayWhich(string engine, string command)
    {
        var there = await EmptyDatabase.CreateAsync(engine, fleet);
        (await RunAsync(there, "migrate")).Done();
        await using var relay = new Relay(there.Port!.Value);
        (await RunAsync(there, relay, command)).Done();

        await RefusedAsync(there, relay.Carried * 9 / 10, command);
    }

    private async Task RefusedAsync(EmptyDatabase there, long limit, params string[] command)
    {
        await using var relay = new Relay(there.Port!.Value) { Limit = limit };

        (await RunAsync(there, relay, command)).Refused(1, $":{relay.Port}", "cannot be reached", "server");
    }

    private Task<Outcome> RunAsync(EmptyDatabase there, params string[] command) => RunAsync(there, null, command);

    private Task<Outcome> RunAsync(EmptyDatabase there, Relay? through, params string[] command) => fleet.RunWithAsync(
        there.Environment.ToDictionary(
            variable => variable.Key,
            variable => through is null ? variable.Value : variable.Value.Replace($":{there.Port}", $":{through.Port}", StringComparison.Ordinal)),
        ["db", .. command, .. command[0] == "copy" ? [] : (string[])["--data", there.Data]]);
}
