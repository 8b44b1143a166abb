using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Says "alive" at the set rhythm and delivers the samples that wait. They are forgotten once the center has stored them.</summary>
/// <param name="random">Uniform in [0, 1); moves the second heartbeat, so that a fleet that connected together spreads. So it does after an answer
/// that took a whole interval: one heartbeat follows at once, for the center waits for it, and the next is moved, for what held this agent up
/// held up the whole fleet, which would beat as one from then on.</param>
internal sealed partial class HeartbeatLoop(
    SampleBuffer buffer, Rhythm rhythm, TimeProvider time, Func<double> random, ILogger<HeartbeatLoop> log)
{
    /// <summary>A center whose database is slow answers within this, unless it has to answer something else first.</summary>
    private static readonly TimeSpan s_inTime = TimeSpan.FromSeconds(20);

    private long _sequence;
    private bool _isAhead;
    private bool _isLate;

    /// <summary>Runs until the connection fails or is given up.</summary>
    public async Task RunAsync(IAgentGateway gateway, CancellationToken cancellationToken)
    {
        string? knownSchema = null;
        var spreads = true;
        while (true)
        {
            var begun = time.GetTimestamp();
            var since = spreads ? begun - (long)(random() * rhythm.Settings.HeartbeatSeconds * time.TimestampFrequency) : begun;
            knownSchema = await BeatAsync(gateway, knownSchema, cancellationToken);
            spreads = time.GetElapsedTime(begun).TotalSeconds >= rhythm.Settings.HeartbeatSeconds;
            await rhythm.WaitAsync(since, settings => settings.HeartbeatSeconds, cancellationToken);
        }
    }

    /// <summary>One heartbeat, and more of them while samples from an outage wait.</summary>
    private async Task<string?> BeatAsync(IAgentGateway gateway, string? knownSchema, CancellationToken cancellationToken)
    {
        do
        {
            var batch = buffer.Peek();
            int? taken;
            try
            {
                var withSchema = batch is not null && batch.Schema.Id != knownSchema;
                var reply = await SendAsync(gateway, batch, withSchema, cancellationToken);
                if (reply.SchemaWanted && !withSchema)
                {
                    reply = await SendAsync(gateway, batch, withSchema: true, cancellationToken);
                }

                if (reply.SchemaWanted)
                {
                    LogSchemaRefused();
                    return null;
                }

                taken = reply.SamplesTaken;
            }
            catch (HubException refusal) when (!CenterFault.IsUnknownAgent(refusal) && !CenterFault.IsClonedAgent(refusal))
            {
                // The center is there but could not take it: the samples stay for the next heartbeat.
                LogRefused(CenterFault.Reason(refusal));
                return null;
            }

            if (batch is null)
            {
                return knownSchema;
            }

            buffer.Acknowledge(batch, taken);
            knownSchema = batch.Schema.Id;
            if (TellsAhead(taken < batch.Samples.Count))
            {
                return knownSchema;
            }
        }
        while (buffer.Count > 1);

        return knownSchema;
    }

    /// <summary>Said when it begins, not with every heartbeat.</summary>
    private bool TellsAhead(bool isAhead)
    {
        if (isAhead && !_isAhead)
        {
            LogAhead();
        }

        return _isAhead = isAhead;
    }

    private async Task<HeartbeatReply> SendAsync(
        IAgentGateway gateway, SampleBatch? batch, bool withSchema, CancellationToken cancellationToken)
    {
        var heartbeat = new Heartbeat(++_sequence, withSchema ? batch?.Schema : null, batch?.Samples);
        var told = rhythm.Told;
        var reply = await AnswerAsync(gateway.Heartbeat(heartbeat), cancellationToken);
        rhythm.ApplyAnswer(reply.Settings, told);
        return reply;
    }

    /// <summary>Late is not lost. The center takes one call of a link at a time: what this one waits for, another would wait for too, and with it
    /// whatever a new link brings first. So the samples wait here, and nothing is sent twice.</summary>
    private async Task<HeartbeatReply> AnswerAsync(Task<HeartbeatReply> answer, CancellationToken cancellationToken)
    {
        await ((Task)answer).WaitAsync(s_inTime, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        TellLate(!answer.IsCompleted);
        return await answer.WaitAsync(cancellationToken);
    }

    /// <summary>Said when it begins and when it is over, not with every heartbeat.</summary>
    private void TellLate(bool isLate)
    {
        if (isLate && !_isLate)
        {
            LogLate(s_inTime.TotalSeconds);
        }
        else if (!isLate && _isLate)
        {
            LogInTime();
        }

        _isLate = isLate;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center did not take the heartbeat and its samples: {Reason}. They are sent again with the next")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center takes more than {Seconds} s to answer a heartbeat. The samples wait here until it does, and the connection stays")]
    private partial void LogLate(double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "The center answers heartbeats in time again")]
    private partial void LogInTime();

    [LoggerMessage(Level = LogLevel.Warning, Message = "This host's clock is more than ten minutes ahead of the center's: samples wait here, as many as there is room for, until then or until both agree. Keep both by NTP")]
    private partial void LogAhead();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center asks for the schema it was just sent; the samples wait for the next heartbeat")]
    private partial void LogSchemaRefused();
}
