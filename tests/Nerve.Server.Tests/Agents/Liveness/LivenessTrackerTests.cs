using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents.Liveness;

public sealed class LivenessTrackerTests
{
    private static readonly Guid s_agent = Guid.CreateVersion7();

    private readonly TestClock _clock = new();
    private readonly LivenessTracker _tracker;

    public LivenessTrackerTests() => _tracker = new LivenessTracker(_clock, TimeSpan.FromSeconds(30));

    [Fact]
    public void Connected_NewAgent_IsOnline() => Assert.Equal(AgentStatus.Online, _tracker.Connected(s_agent, "link"));

    [Fact]
    public void Sweep_SilentAgent_IsOfflineAtNinetySeconds()
    {
        _tracker.Connected(s_agent, "link");

        Assert.InRange(SecondsUntilOffline(), 88, 92);
    }

    [Fact]
    public void Sweep_HeartbeatsEveryThirtySeconds_StaysOnline()
    {
        _tracker.Connected(s_agent, "link");
        for (var beat = 0; beat < 20; beat++)
        {
            Assert.Empty(Run(seconds: 30));
            Assert.Null(_tracker.Heard(s_agent));
        }
    }

    [Fact]
    public void Sweep_TwoHeartbeatsMissed_StaysOnline()
    {
        _tracker.Connected(s_agent, "link");

        Assert.Empty(Run(seconds: 85));
        Assert.Null(_tracker.Heard(s_agent));
        Assert.InRange(SecondsUntilOffline(), 88, 92);
    }

    [Fact]
    public void Sweep_OtherInterval_WaitsForThreeOfIts()
    {
        var tracker = new LivenessTracker(_clock, TimeSpan.FromSeconds(10));
        tracker.Connected(s_agent, "link");

        var seconds = 0;
        while (tracker.Sweep().Count == 0)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            seconds++;
        }

        Assert.InRange(seconds, 28, 32);
    }

    [Fact]
    public void SetHeartbeat_Longer_WaitsForThreeOfTheNewOnes()
    {
        _tracker.Connected(s_agent, "link");
        _tracker.SetHeartbeat(TimeSpan.FromSeconds(300));

        Assert.InRange(SecondsUntilOffline(), 898, 902);
    }

    [Fact]
    public void SetHeartbeat_Shorter_CountsFromTheNextWord()
    {
        _tracker.Connected(s_agent, "link");
        Run(seconds: 60);
        _tracker.SetHeartbeat(TimeSpan.FromSeconds(5));

        Assert.Empty(Run(seconds: 28));
        Assert.Null(_tracker.Heard(s_agent));
        Assert.InRange(SecondsUntilOffline(), 13, 17);
    }

    [Fact]
    public void SetHeartbeat_ShorterTwice_StillWaitsForWhomTheFirstMayNotHaveReached()
    {
        _tracker.Connected(s_agent, "link");
        _tracker.SetHeartbeat(TimeSpan.FromSeconds(20));
        Run(seconds: 1);
        _tracker.SetHeartbeat(TimeSpan.FromSeconds(5));

        Assert.InRange(SecondsUntilOffline(), 87, 91);
    }

    [Fact]
    public void Disconnected_WithoutGoodbye_IsSuspectUntilItsDeadline()
    {
        _tracker.Connected(s_agent, "link");
        Run(seconds: 20);

        Assert.Equal(AgentStatus.Suspect, _tracker.Disconnected(s_agent, "link", saidGoodbye: false));
        Assert.InRange(SecondsUntilOffline(), 68, 72);
    }

    [Fact]
    public void Disconnected_WithGoodbye_IsOfflineAtOnce()
    {
        _tracker.Connected(s_agent, "link");

        Assert.Equal(AgentStatus.Offline, _tracker.Disconnected(s_agent, "link", saidGoodbye: true));
        Assert.Empty(Run(seconds: 200));
    }

    [Fact]
    public void Disconnected_OldLinkAfterNewOneIsUp_ChangesNothing()
    {
        _tracker.Connected(s_agent, "old");
        _tracker.Connected(s_agent, "new");

        Assert.Null(_tracker.Disconnected(s_agent, "old", saidGoodbye: false));
        Assert.True(_tracker.IsConnected(s_agent));
        Assert.Equal(AgentStatus.Suspect, _tracker.Disconnected(s_agent, "new", saidGoodbye: false));
    }

    [Fact]
    public void Disconnected_GoodbyeOnOldLinkAfterNewOneIsUp_ChangesNothing()
    {
        _tracker.Connected(s_agent, "old");
        _tracker.Connected(s_agent, "new");

        Assert.Null(_tracker.Disconnected(s_agent, "old", saidGoodbye: true));
    }

    [Fact]
    public void Disconnected_NoticedTwice_ChangesNothing()
    {
        _tracker.Connected(s_agent, "link");
        _tracker.Disconnected(s_agent, "link", saidGoodbye: true);

        Assert.Null(_tracker.Disconnected(s_agent, "link", saidGoodbye: false));
    }

    [Fact]
    public void Heard_Suspect_IsOnlineAgain()
    {
        _tracker.Connected(s_agent, "link");
        _tracker.Disconnected(s_agent, "link", saidGoodbye: false);

        Assert.Equal(AgentStatus.Online, _tracker.Heard(s_agent));
    }

    [Fact]
    public void Heard_Offline_IsOnlineAgain()
    {
        _tracker.Connected(s_agent, "link");
        Run(seconds: 100);

        Assert.Equal(AgentStatus.Online, _tracker.Heard(s_agent));
        Assert.InRange(SecondsUntilOffline(), 88, 92);
    }

    [Theory]
    [InlineData(AgentStatus.Online, AgentStatus.Suspect)]
    [InlineData(AgentStatus.Suspect, AgentStatus.Suspect)]
    [InlineData(AgentStatus.Offline, AgentStatus.Offline)]
    public void Restore_AfterAStart_BelievesOnlyOffline(AgentStatus stored, AgentStatus expected) =>
        Assert.Equal(expected, _tracker.Restore(s_agent, stored));

    [Fact]
    public void Restore_AgentThatDiedMeanwhile_IsOfflineAWholeDeadlineAfterTheStart()
    {
        _clock.Advance(TimeSpan.FromHours(5));
        _tracker.Sweep();
        _tracker.Restore(s_agent, AgentStatus.Online);

        Assert.InRange(SecondsUntilOffline(), 88, 92);
    }

    [Fact]
    public void Sweep_ProcessWasFrozen_CountsNoneOfItAgainstTheAgent()
    {
        _tracker.Connected(s_agent, "link");
        Run(seconds: 60);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Empty(_tracker.Sweep());
        Assert.InRange(SecondsUntilOffline(), 27, 32);
    }

    [Fact]
    public void Sweep_ProcessWasFrozen_StillMissesNobody()
    {
        _tracker.Connected(s_agent, "link");
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.InRange(SecondsUntilOffline(), 88, 92);
    }

    [Theory]
    [InlineData(-3600 * 24 * 365)]
    [InlineData(3600 * 24 * 365)]
    [InlineData(120)]
    public void Sweep_WallClockJumps_ChangeNothing(int seconds)
    {
        _tracker.Connected(s_agent, "link");
        Run(seconds: 45);
        _clock.Wall = _clock.Wall.AddSeconds(seconds);

        Assert.InRange(SecondsUntilOffline(), 43, 47);
    }

    [Fact]
    public void Forget_RemovedAgent_IsNeverReported()
    {
        _tracker.Connected(s_agent, "link");
        _tracker.Forget(s_agent);

        Assert.Empty(Run(seconds: 200));
        Assert.False(_tracker.IsConnected(s_agent));
    }

    /// <summary>Lets time pass as the sweeper does; who went offline in it.</summary>
    private List<Guid> Run(int seconds)
    {
        var gone = new List<Guid>();
        for (var second = 0; second < seconds; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            gone.AddRange(_tracker.Sweep());
        }

        return gone;
    }

    private int SecondsUntilOffline()
    {
        for (var second = 0; second < 1000; second++)
        {
            if (_tracker.Sweep().Contains(s_agent))
            {
                return second;
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        return int.MaxValue;
    }
}
