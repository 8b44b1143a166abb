using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Operations;

/// <summary>A database that does not do its work is named alike by /health/ready, by /system and in the log, until it does again.</summary>
public sealed class StoreHealthTests
{
    private const int Full = 13; // SQLITE_FULL, https://sqlite.org/rescode.html
    private const int ReadOnly = 8;

    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent"]);

    [Theory]
    [InlineData(Full, "store.full", "The disk of the database is full")]
    [InlineData(ReadOnly, "store.readOnly", "The database takes no changes")]
    public async Task AWriteFails_IsNamedEverywhereUntilOneSucceeds(int code, string expected, string words)
    {
        var store = new Refusing();
        await using var center = await TestCenter.StartAsync(adjust: services => services.AddSingleton<IHeartbeatStore>(store));
        await using var agent = await center.JoinAsync();
        using var viewer = center.Client(Role.Viewer);
        store.Code = code;

        var beating = agent.Heartbeat(new Heartbeat(1, s_schema, []));
        await Until(async () => (await ReadyAsync(center)).Text.StartsWith("Degraded\n", StringComparison.Ordinal));

        var (status, text) = await ReadyAsync(center);
        Assert.Equal(HttpStatusCode.OK, status); // it can be read, and the page is needed to say so
        Assert.Contains($"store: {words}", text, StringComparison.Ordinal);
        var problem = Assert.Single((await viewer.GetJsonAsync("/api/v1/system")).GetProperty("problems").EnumerateArray());
        Assert.Equal(("store", expected), (problem.GetProperty("source").GetString(), problem.GetProperty("code").GetString()));
        Assert.StartsWith(words, problem.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Single(center.Logs.Lines, line => line.Contains("Trouble with the database", StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal));

        store.Code = 0;
        await beating;

        Assert.Equal("Healthy", (await ReadyAsync(center)).Text);
        Assert.Empty((await viewer.GetJsonAsync("/api/v1/system")).GetProperty("problems").EnumerateArray());
        Assert.Contains(center.Logs.Lines, line => line.Contains("works again", StringComparison.Ordinal));
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(TestCenter center)
    {
        using var client = center.Client();
        var answer = await client.GetAsync("/health/ready", TestCenter.Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            await Task.Delay(20, TestCenter.Cancelled);
        }
    }

    /// <summary>Fails as the engine does, wrapped as Entity Framework wraps it.</summary>
    private sealed class Refusing : IHeartbeatStore
    {
        public volatile int Code;

        public Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken) => Code == 0
            ? Task.FromResult<IReadOnlySet<Guid>>(new HashSet<Guid>())
            : throw new InvalidOperationException("An error occurred while saving the entity changes.", new SqliteException("refused", Code));
    }
}
