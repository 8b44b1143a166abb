using Microsoft.Extensions.Logging;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Link;

/// <summary>Takes samples for as long as the agent lives, whether there is a center or not. A driver that hangs stops the samples, and
/// nothing else.</summary>
internal sealed partial class SamplerLoop(
    Func<(MetricSchema Schema, MetricSample Sample)> sample, SampleBuffer buffer, Rhythm rhythm, TimeProvider time, ILogger<SamplerLoop> log)
{
    private static readonly TimeSpan s_suspicious = TimeSpan.FromSeconds(30);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            await SampleAsync(cancellationToken);
            await rhythm.WaitAsync(started, settings => settings.SampleSeconds, cancellationToken);
        }
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        var dropped = buffer.Dropped;
        try
        {
            var (schema, values) = await TakeAsync(cancellationToken);
            buffer.Add(schema, values);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure);
        }

        if (dropped == 0 && buffer.Dropped > 0)
        {
            LogFull(SampleBuffer.Capacity);
        }
    }

    private async Task<(MetricSchema Schema, MetricSample Sample)> TakeAsync(CancellationToken cancellationToken)
    {
        var taking = Task.Run(sample, cancellationToken);
        try
        {
            return await taking.WaitAsync(s_suspicious, time, cancellationToken);
        }
        catch (TimeoutException) when (!taking.IsCompleted)
        {
            LogStuck(s_suspicious.TotalSeconds);
            var result = await taking.WaitAsync(cancellationToken);
            LogUnstuck();
            return result;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "No sample could be taken")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Taking a sample has lasted {Seconds} s: a driver or file system does not answer. Heartbeats go on without samples")]
    private partial void LogStuck(double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Samples are taken again")]
    private partial void LogUnstuck();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Capacity} samples wait for the center; from now on the oldest are dropped")]
    private partial void LogFull(int capacity);
}
