using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary><c>nerve-center audit verify</c> on the record that a center and its commands have written.</summary>
public sealed class AuditCommandTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Fact]
    public async Task Verify_WholeRecord_SaysHowMuchThereIs()
    {
        var data = await RecordedAsync();

        (await fleet.RunAsync("audit", "verify", "--data", data)).Done("The audit record is whole: ", "Hash of the newest: ");
        Assert.Equal(2L, await SmallFleet.SqlAsync(data, "SELECT count(*) FROM audit WHERE Actor LIKE 'cli:%' AND Action = 'token.create' AND Result = 'ok'"));
    }

    [Theory]
    [InlineData("UPDATE audit SET Actor = 'nobody' WHERE Number = (SELECT max(Number) - 1 FROM audit)", "was changed")]
    [InlineData("DELETE FROM audit WHERE Number = (SELECT max(Number) - 1 FROM audit)", "is missing")]
    public async Task Verify_AfterSomebodyWasThere_NamesTheEntryAndFails(string harm, string word)
    {
        var data = await RecordedAsync();
        await SmallFleet.SqlAsync(data, harm);

        var found = await fleet.RunAsync("audit", "verify", "--data", data);

        Assert.Equal((1, ""), (found.ExitCode, found.Error));
        Assert.Contains("The audit record is broken. Entry ", found.Output, StringComparison.Ordinal);
        Assert.Contains(word, found.Output, StringComparison.Ordinal);
    }

    private async Task<string> RecordedAsync()
    {
        var data = fleet.CopyOfData();
        foreach (var name in new[] { "one", "two" })
        {
            Assert.Equal(0, (await fleet.RunAsync("token", "create", "--role", "viewer", "--name", name, "--data", data)).ExitCode);
        }

        await fleet.RunAsync("token", "create", "--role", "admin", "--name", new string('x', 200), "--data", data);
        return data;
    }
}
