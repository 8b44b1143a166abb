using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>How often to sample, to send and to look: the agent's own wish until the center says something else, at any time.</summary>
internal sealed class Rhythm(TimeProvider time, AgentSettings wish)
{
    private readonly AgentSettings _wish = wish;
    private readonly ChangeSignal _changed = new();
    private readonly Lock _telling = new();
    private volatile AgentSettings _settings = wish;
    private volatile int _told;

    public AgentSettings Settings => _settings;

    /// <summary>How often the center said something; note it with a question whose answer tells settings too.</summary>
    public int Told => _told;

    /// <summary>A wish from the command line: samples every 10 seconds, or with each heartbeat where that is more often.</summary>
    public static AgentSettings Wish(TimeSpan interval, TimeSpan inventoryInterval)
    {
        var seconds = (int)Math.Round(interval.TotalSeconds);
        return new AgentSettings(seconds, Math.Min(10, seconds), SmartMinutes: 30, IpmiSeconds: 1800, (int)inventoryInterval.TotalSeconds);
    }

    public void Apply(AgentSettings settings)
    {
        lock (_telling)
        {
            _told++;
            var sane = Sane(settings);
            if (sane != _settings)
            {
                _settings = sane;
                _changed.Raise();
            }
        }
    }

    /// <summary>What an answer says, unless the center said something since the question: then the answer may be the older word.</summary>
    /// <param name="settings">What it says.</param>
    /// <param name="asked"><see cref="Told"/> when the question was sent.</param>
    public void ApplyAnswer(AgentSettings settings, int asked)
    {
        lock (_telling)
        {
            if (_told == asked)
            {
                Apply(settings);
            }
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

    private AgentSettings Sane(AgentSettings told)
    {
        var heartbeat = AgentSettingsLimits.HeartbeatSeconds.Nearest(told.HeartbeatSeconds);
        return new AgentSettings(
            heartbeat,
            Math.Min(heartbeat, AgentSettingsLimits.SampleSeconds.Nearest(told.SampleSeconds)),
            told.SmartMinutes is { } smart ? AgentSettingsLimits.SmartMinutes.Nearest(smart) : _wish.SmartMinutes,
            told.IpmiSeconds is { } ipmi ? AgentSettingsLimits.IpmiSeconds.Nearest(ipmi) : _wish.IpmiSeconds,
            told.InventorySeconds is { } inventory ? AgentSettingsLimits.InventorySeconds.Nearest(inventory) : _wish.InventorySeconds);
    }
}
