using Nerve.Server.Agents;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Says in the log when the fleet has become too large for its database: at first, and each time it has doubled since.</summary>
internal sealed partial class OutgrownStorage(
    IStorage storage, AgentDirectory fleet, TimeProvider time, ILogger<OutgrownStorage> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (storage.ComfortableAgents is not { } most)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_period, time);
        do
        {
            if (fleet.Count > most)
            {
                LogOutgrown(logger, fleet.Count, storage.Name);
                most = fleet.Count * 2;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Warning,
        "The fleet has {Count} agents, more than the embedded database {Name} is made for: lists and charts will become slow. Move to PostgreSQL or MongoDB: --storage postgres or --storage mongodb")]
    private static partial void LogOutgrown(ILogger logger, int count, string name);
}
