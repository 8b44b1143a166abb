using Nerve.Server.Metrics;

namespace Nerve.Server.Agents;

/// <summary>Reads what was measured last of every agent that has not sent anything since this node started.</summary>
/// <remarks>While requests are served already: of thousands of agents it takes seconds, in which most of them report anew.</remarks>
internal sealed partial class LatestValuesLoader(
    AgentDirectory directory, IMetricStore metrics, SchemaCatalogue schemas, TimeProvider time, ILogger<LatestValuesLoader> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var waiting = new Queue<Guid>(directory.Ids);
        while (waiting.TryDequeue(out var agent))
        {
            try
            {
                await LoadAsync(agent, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                waiting.Enqueue(agent); // behind the others: it may be the one that cannot be read
                LogFailure(logger, waiting.Count, s_pause.TotalSeconds, exception);
                await Task.Delay(s_pause, time, stoppingToken);
            }
        }
    }

    private async Task LoadAsync(Guid agent, CancellationToken cancellationToken)
    {
        if (!directory.IsMeasured(agent)
            && await schemas.ValuesOfAsync(await metrics.LatestAsync(agent, cancellationToken), cancellationToken) is { } latest)
        {
            directory.Recall(agent, latest);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The last values of {Count} agents could not be read; trying again in {Seconds} s, they report anew meanwhile")]
    private static partial void LogFailure(ILogger logger, int count, double seconds, Exception exception);
}
