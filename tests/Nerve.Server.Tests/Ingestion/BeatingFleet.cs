using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Ingestion;

/// <summary>Agents that beat as real ones do: one heartbeat at a time, the next 30 seconds after the one before began, or at once if that took longer.
/// Beside them the tracker that would call them offline.</summary>
internal sealed class BeatingFleet
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time;
    private readonly HeartbeatPipeline _pipeline;
    private readonly LivenessTracker _tracker;
    private readonly List<Beat> _agents;

    public BeatingFleet(int count, FakeTimeProvider time, HeartbeatPipeline pipeline)
    {
        (_time, _pipeline, _tracker) = (time, pipeline, new LivenessTracker(time, s_interval));
        _agents = [.. Enumerable.Range(0, count).Select(i => new Beat(Guid.CreateVersion7(), time.GetUtcNow() + (s_interval * i / count)))];
        _agents.ForEach(agent => _tracker.Heard(agent.Id));
    }

    public List<Guid> CalledOffline { get; } = [];

    public TimeSpan LongestWait { get; private set; }

    public async Task LiveAsync(TimeSpan span)
    {
        for (var end = _time.GetUtcNow() + span; _time.GetUtcNow() < end; _time.Advance(TimeSpan.FromMilliseconds(500)))
        {
            foreach (var agent in _agents)
            {
                Step(agent);
            }

            CalledOffline.AddRange(_tracker.Sweep());
            await Task.Delay(3, TestCenter.Cancelled); // the pipeline runs beside; a late step of it only makes waits look longer
        }
    }

    private void Step(Beat agent)
    {
        var now = _time.GetUtcNow();
        if (agent.Call is { IsCompleted: true })
        {
            LongestWait = now - agent.Begun > LongestWait ? now - agent.Begun : LongestWait;
            agent.Due = agent.Begun + s_interval > now ? agent.Begun + s_interval : now;
            agent.Call = null;
        }

        if (agent.Call is null && agent.Due <= now)
        {
            _tracker.Heard(agent.Id);
            (agent.Begun, agent.Call) = (now, SendAsync(agent.Id));
        }
    }

    private async Task SendAsync(Guid agent)
    {
        try
        {
            await _pipeline.WriteAsync(new HeartbeatWrite(agent, _time.GetUtcNow(), []), TestCenter.Cancelled);
        }
        catch (ProblemException)
        {
            // To be repeated with the next.
        }
    }

    private sealed class Beat(Guid id, DateTimeOffset due)
    {
        public Guid Id => id;

        public DateTimeOffset Due { get; set; } = due;

        public DateTimeOffset Begun { get; set; }

        public Task? Call { get; set; }
    }
}
