using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>How often to sample and to send: the agent's own wish until the center says something else, at any time.</summary>
internal sealed class Rhythm(TimeProvider time, AgentSettings wish)
{
    private const int LongestSeconds = 3600;

    private readonly ChangeSignal _changed = new();
    private volatile AgentSettings _settings = Sane(wish);

    public AgentSettings Settings => _settings;

    /// <summary>A wish from the command line: samples every 10 seconds, or with each heartbeat where that is more often.</summary>
    public static AgentSettings Wish(TimeSpan interval)
    {
        var seconds = (int)Math.Round(interval.TotalSeconds);
        return new AgentSettings(seconds, Math.Min(10, seconds));
    }

    public void Apply(AgentSettings settings)
    {
        var sane = Sane(settings);
        if (sane != _settings)
        {
            _settings = sane;
            _changed.Raise();
        }
    }

    /// <summary>Returns when that many seconds have passed since <paramref name="since"/>, as they are set by then.</summary>
    public async Task WaitAsync(long since, Func<AgentSettings, int> seconds, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Next;
            var left = TimeSpan.FromSeconds(seconds(_settings)) - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return;
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(Task.Delay(left, time, stop.Token), changed);
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static AgentSettings Sane(AgentSettings settings)
    {
        var heartbeat = Math.Clamp(settings.HeartbeatSeconds, 1, LongestSeconds);
        return new AgentSettings(heartbeat, Math.Clamp(settings.SampleSeconds, 1, heartbeat));
    }
}
