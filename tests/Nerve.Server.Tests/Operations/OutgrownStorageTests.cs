using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Agents;
using Nerve.Server.Operations;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Server.Tests.Operations;

public sealed class OutgrownStorageTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AgentDirectory _fleet = new();
    private readonly Logs _logs = new();

    [Fact]
    public async Task Run_TheFleetOutgrowsSqlite_SaysSoOnceUntilItHasDoubled()
    {
        using var database = new SqliteDatabase("/nowhere/nerve.db");
        using var service = Create(database);
        Grow(500);
        await service.StartAsync(TestCenter.Cancelled);
        Assert.Empty(_logs.Lines);

        Grow(501);
        await PassMinutesUntilAsync(1);
        Assert.Contains("501 agents", Assert.Single(_logs.Lines), StringComparison.Ordinal);

        Grow(1003);
        await PassMinutesUntilAsync(2);
        await service.StopAsync(TestCenter.Cancelled);
        Assert.Equal(2, _logs.Lines.Count());
        Assert.Contains("1003 agents", _logs.Lines.Last(), StringComparison.Ordinal);
    }

    private OutgrownStorage Create(IStorage storage)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_logs));
        services.AddSingleton(storage).AddSingleton(_fleet).AddSingleton<TimeProvider>(_time).AddSingleton<OutgrownStorage>();
        return services.BuildServiceProvider().GetRequiredService<OutgrownStorage>();
    }

    private void Grow(int count)
    {
        while (_fleet.Count < count)
        {
            _fleet.Put(new Server.Agents.Agent
            {
                Id = Guid.CreateVersion7(),
                Hostname = "h",
                CredentialHash = "c",
                EnrolledAt = DateTimeOffset.UnixEpoch,
                StatusSince = DateTimeOffset.UnixEpoch,
            });
        }
    }

    private Task PassMinutesUntilAsync(int lines) => Eventually.HoldsAsync(() =>
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        return _logs.Lines.Count() == lines;
    });
}
