using CsCheck;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents.Liveness;

/// <summary>The tracker against a model that only counts the seconds in which the center was awake.</summary>
public sealed class LivenessModelTests
{
    private const int Agents = 3;
    private const int Links = 3;

    private static readonly Guid[] s_ids = [.. Enumerable.Range(0, Agents).Select(_ => Guid.CreateVersion7())];

    private static readonly Gen<Step> s_step = Gen.Frequency(
        (6, Gen.Int[1, 40].Select(seconds => (Step)new Pass(seconds))),
        (4, Gen.Int[0, Agents - 1].Select(agent => (Step)new Hear(agent))),
        (4, Gen.Select(Gen.Int[0, Agents - 1], Gen.Int[0, Links - 1], (agent, link) => (Step)new Connect(agent, link))),
        (4, Gen.Select(Gen.Int[0, Agents - 1], Gen.Int[0, Links - 1], Gen.Bool, (agent, link, bye) => (Step)new Drop(agent, link, bye))),
        (1, Gen.Int[5, 100_000].Select(seconds => (Step)new Freeze(seconds))),
        (1, Gen.Int[-1_000_000, 1_000_000].Select(seconds => (Step)new JumpWall(seconds))),
        (1, Gen.Const((Step)new Restart())));

    [Fact]
    public void AnyHistory_NobodyIsFalselyOffline_AndNobodyIsMissed() =>
        s_step.Array[1, 120].Sample(
            steps =>
            {
                var world = new World();
                foreach (var step in steps)
                {
                    world.Do(step);
                    world.Check();
                }
            },
            iter: 1000);

    private abstract record Step;

    /// <summary>Time in which the center sweeps every second.</summary>
    private sealed record Pass(int Seconds) : Step;

    private sealed record Hear(int Agent) : Step;

    private sealed record Connect(int Agent, int Link) : Step;

    private sealed record Drop(int Agent, int Link, bool Goodbye) : Step;

    /// <summary>The process does not run.</summary>
    private sealed record Freeze(int Seconds) : Step;

    private sealed record JumpWall(int Seconds) : Step;

    private sealed record Restart : Step;

    private sealed class World
    {
        private readonly TestClock _clock = new();
        private readonly Life[] _lives = [.. Enumerable.Range(0, Agents).Select(_ => new Life())];
        private LivenessTracker _tracker;

        public World() => _tracker = NewTracker();

        public void Do(Step step)
        {
            switch (step)
            {
                case Pass(var seconds):
                    for (var second = 0; second < seconds; second++)
                    {
                        _clock.Advance(TimeSpan.FromSeconds(1));
                        Sweep();
                        Array.ForEach(_lives, life => life.Silence++);
                    }

                    break;
                case Freeze(var seconds):
                    _clock.Advance(TimeSpan.FromSeconds(seconds));
                    Sweep();
                    Array.ForEach(_lives, life => life.Freezes++);
                    break;
                case JumpWall(var seconds):
                    _clock.Wall = _clock.Wall.AddSeconds(seconds);
                    break;
                case Hear(var agent):
                    Note(agent, _tracker.Heard(s_ids[agent]));
                    _lives[agent].IsHeard();
                    break;
                case Connect(var agent, var link):
                    Note(agent, _tracker.Connected(s_ids[agent], $"{link}"));
                    _lives[agent].Links.Add(link);
                    _lives[agent].IsHeard();
                    break;
                case Drop(var agent, var link, var goodbye):
                    Note(agent, _tracker.Disconnected(s_ids[agent], $"{link}", goodbye));
                    _lives[agent].Drops(link, goodbye);
                    break;
                default:
                    StartAgain();
                    break;
            }
        }

        /// <summary>What must hold at every moment; each freeze may cost the second it began in.</summary>
        public void Check()
        {
            foreach (var life in _lives.Where(life => life.EverSeen))
            {
                var mustBeOffline = life.SaidGoodbye || life.Silence >= 92;
                var mayBeOffline = life.SaidGoodbye || life.Silence + life.Freezes >= 88;
                Assert.False(mustBeOffline && life.Shown != AgentStatus.Offline, $"missed: {life}");
                Assert.False(!mayBeOffline && life.Shown == AgentStatus.Offline, $"falsely offline: {life}");
                if (life.Shown != AgentStatus.Offline)
                {
                    Assert.Equal(life.LinkLost ? AgentStatus.Suspect : AgentStatus.Online, life.Shown);
                }
            }
        }

        private void Sweep()
        {
            foreach (var gone in _tracker.Sweep())
            {
                _lives[Array.IndexOf(s_ids, gone)].Shown = AgentStatus.Offline;
            }
        }

        private void Note(int agent, AgentStatus? status) => _lives[agent].Shown = status ?? _lives[agent].Shown;

        private void StartAgain()
        {
            _clock.Advance(TimeSpan.FromHours(1));
            _tracker = NewTracker();
            for (var agent = 0; agent < Agents; agent++)
            {
                var life = _lives[agent];
                if (life.EverSeen)
                {
                    life.Shown = _tracker.Restore(s_ids[agent], life.Shown);
                    life.StartsAgain();
                }
            }
        }

        private LivenessTracker NewTracker() => new(_clock, TimeSpan.FromSeconds(30));
    }

    /// <summary>What is known of one agent, told without deadlines.</summary>
    private sealed class Life
    {
        public AgentStatus Shown { get; set; } = AgentStatus.Offline;

        /// <summary>Seconds that the center was awake since it last heard of the agent.</summary>
        public int Silence { get; set; }

        public int Freezes { get; set; }

        public bool EverSeen { get; private set; }

        public bool SaidGoodbye { get; private set; }

        public bool LinkLost { get; private set; }

        public HashSet<int> Links { get; } = [];

        public void IsHeard()
        {
            (Silence, Freezes, EverSeen, SaidGoodbye, LinkLost) = (0, 0, true, false, false);
        }

        public void Drops(int link, bool goodbye)
        {
            if (Links.Remove(link) && Links.Count == 0)
            {
                SaidGoodbye |= goodbye;
                LinkLost = true;
            }
        }

        /// <summary>The center forgets its links and gives everyone who was not offline a whole new deadline.</summary>
        public void StartsAgain()
        {
            Links.Clear();
            SaidGoodbye |= Shown == AgentStatus.Offline;
            (Silence, Freezes, LinkLost) = (0, 0, true);
        }

        public override string ToString() => $"{Shown} after {Silence} s of silence, {Freezes} freezes, goodbye {SaidGoodbye}, link lost {LinkLost}";
    }
}
