using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents.Liveness;

/// <summary>The trackers of two nodes, and the news between them, under virtual time.</summary>
public sealed class SeveralNodesTests
{
    private static readonly Guid s_agent = Guid.CreateVersion7();

    private readonly TestClock _clock = new();
    private readonly LivenessTracker _a;
    private readonly LivenessTracker _b;

    public SeveralNodesTests() => (_a, _b) = (Tracker("a"), Tracker("b"));

    [Fact]
    public void Adopt_AgentOfAnotherNode_IsLeftToThatNode()
    {
        _a.Connected(s_agent, "link");

        Assert.Equal(Adoption.Taken, _b.Adopt(News(_a, AgentStatus.Online)));
        Assert.True(_b.IsConnected(s_agent));
        Assert.Empty(Run(_b, seconds: 600));
    }

    [Fact]
    public void NodeGone_WithoutAWord_MakesItsAgentsSuspectAndToBeSettledAfterAWholePatience()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        Run(_b, seconds: 80);

        Assert.Equal([s_agent], _b.NodeGone("a", saidSo: false));
        Assert.False(_b.IsConnected(s_agent));
        Assert.Empty(Run(_b, seconds: 88));
        Assert.Equal([(s_agent, false)], _b.Doubts());
        Assert.Empty(Run(_b, seconds: 4));
        Assert.Equal([(s_agent, true)], _b.Doubts());
        Assert.Equal(AgentStatus.Offline, _b.Settle(s_agent, isHeard: false));
        Assert.Empty(_b.Doubts());
    }

    /// <summary>The node that is gone may only be out of touch with the others.</summary>
    [Fact]
    public void Settle_AgentThatSomebodyHears_StaysSuspectForAnotherPatience()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _b.NodeGone("a", saidSo: false);
        Run(_b, seconds: 92);

        Assert.Null(_b.Settle(s_agent, isHeard: true));
        Assert.Equal([(s_agent, false)], _b.Doubts());
        Assert.Null(_b.Settle(s_agent, isHeard: false));
        Run(_b, seconds: 92);
        Assert.Equal(AgentStatus.Offline, _b.Settle(s_agent, isHeard: false));
    }

    [Fact]
    public void Doubts_AgentThatIsHeard_IsJudgedBySweepAgain()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _b.NodeGone("a", saidSo: false);
        _b.Heard(s_agent);

        Assert.Empty(_b.Doubts());
        Assert.Equal([s_agent], Run(_b, seconds: 92));
    }

    /// <summary>It reports over REST, perhaps to the node that is gone.</summary>
    [Fact]
    public void NodeGone_WithoutAWord_LeavesAgentsWithoutALinkToTheStore()
    {
        _a.Heard(s_agent);
        _b.Adopt(News(_a, AgentStatus.Online));
        Run(_b, seconds: 80);

        Assert.Empty(_b.NodeGone("a", saidSo: false));
        Assert.Equal([(s_agent, false)], _b.Doubts());
        Assert.Empty(Run(_b, seconds: 12));
        Assert.Equal([(s_agent, true)], _b.Doubts());
        Assert.Null(_b.Settle(s_agent, isHeard: true));
        Run(_b, seconds: 92);
        Assert.Equal(AgentStatus.Offline, _b.Settle(s_agent, isHeard: false));
    }

    [Fact]
    public void NodeGone_InGoodOrder_LeavesAgentsWithoutALinkToTheSweep()
    {
        _a.Heard(s_agent);
        _b.Adopt(News(_a, AgentStatus.Online));

        Assert.Empty(_b.NodeGone("a", saidSo: true));
        Assert.Equal([s_agent], Run(_b, seconds: 92));
    }

    /// <summary>Of three nodes two notice that one is gone, and one of them tells the other before that has noticed.</summary>
    [Fact]
    public void Adopt_DoubtOfAnotherNode_IsDoubtHereToo()
    {
        var c = Tracker("c");
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        c.Adopt(News(_a, AgentStatus.Online));
        c.NodeGone("a", saidSo: false);

        _b.Adopt(News(c, AgentStatus.Suspect));
        _b.NodeGone("a", saidSo: false);

        Assert.Empty(Run(_b, seconds: 92));
        Assert.Equal([(s_agent, true)], _b.Doubts());
        _b.Adopt(News(_a, AgentStatus.Online));
        Assert.Empty(_b.Doubts());
    }

    [Fact]
    public void Doubts_CutOffFromTheOthers_AreNotDue()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _b.NodeGone("a", saidSo: false);
        _b.SetCutOff(true);
        Run(_b, seconds: 300);

        Assert.Equal([(s_agent, false)], _b.Doubts());
        Assert.Null(_b.Settle(s_agent, isHeard: false));
    }

    [Fact]
    public void Doubts_ProcessWasFrozen_CountsNoneOfItAgainstTheAgent()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _b.NodeGone("a", saidSo: false);
        Run(_b, seconds: 60);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal([(s_agent, false)], _b.Doubts());
        _b.Sweep();
        Assert.Equal([(s_agent, false)], _b.Doubts());
        Run(_b, seconds: 32);
        Assert.Equal([(s_agent, true)], _b.Doubts());
    }

    [Fact]
    public void NodeGone_InGoodOrder_LeavesItsAgentsOnlineForAPatience()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));

        Assert.Empty(_b.NodeGone("a", saidSo: true));
        Assert.Empty(Run(_b, seconds: 60));
        Assert.Null(_b.Connected(s_agent, "new link"));
    }

    [Fact]
    public void Adopt_AgentThatWentToAnotherNode_LosesItsLinkHere()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _b.Connected(s_agent, "newer link");

        Assert.Equal(Adoption.LinkLost, _a.Adopt(News(_b, AgentStatus.Online)));
        Assert.Null(_a.Disconnected(s_agent, "link", saidGoodbye: false));
    }

    [Fact]
    public void Adopt_NewsOfAnOlderLink_IsStale()
    {
        _a.Connected(s_agent, "link");
        var old = News(_a, AgentStatus.Online);
        _b.Adopt(old);
        _b.Connected(s_agent, "newer link");

        Assert.Equal(Adoption.Contradicted, _b.Adopt(old with { Node = null, Status = AgentStatus.Suspect }));
        Assert.Null(_b.Heard(s_agent));
    }

    /// <summary>The agent's link was cut, and both nodes took a new one at the same moment.</summary>
    [Fact]
    public void Adopt_SameNumberAtTwoNodes_ExactlyOneGivesWay()
    {
        _a.Connected(s_agent, "link");
        _b.Connected(s_agent, "link");
        var (fromA, fromB) = (News(_a, AgentStatus.Online), News(_b, AgentStatus.Online));

        Assert.Equal([Adoption.Contradicted, Adoption.LinkLost], new[] { _a.Adopt(fromB), _b.Adopt(fromA) }.Order());
    }

    [Fact]
    public void Sweep_CutOffFromTheOthers_JudgesOnlyWhatWasHeardHere()
    {
        var elsewhere = Guid.CreateVersion7();
        var nowhere = Guid.CreateVersion7();
        _a.Connected(elsewhere, "link");
        _b.Adopt(News(_a, AgentStatus.Online, elsewhere));
        _b.Restore(nowhere, AgentStatus.Online);
        _b.Connected(s_agent, "link");

        _b.SetCutOff(true);
        Assert.Equal([s_agent], Run(_b, seconds: 300));

        _b.SetCutOff(false);
        Assert.Empty(Run(_b, seconds: 88));
        Assert.Equal([nowhere], Run(_b, seconds: 4));
    }

    /// <summary>It may have said hello to another node, of which nothing is heard here.</summary>
    [Fact]
    public void Sweep_CutOffFromTheOthers_LeavesAnAgentWhoseLinkWentAway_UntilThereIsContact()
    {
        _b.Connected(s_agent, "link");
        _b.SetCutOff(true);
        Assert.Equal(AgentStatus.Suspect, _b.Disconnected(s_agent, "link", saidGoodbye: false));

        Assert.Empty(Run(_b, seconds: 300));

        _b.SetCutOff(false);
        Assert.Empty(Run(_b, seconds: 88));
        Assert.Equal([s_agent], Run(_b, seconds: 4));
    }

    /// <summary>Both nodes and Redis may forget; the number of a link that is newer must be higher all the same.</summary>
    [Fact]
    public void Adopt_NodeThatKnowsNothingOfEarlierLinks_IsBelieved()
    {
        for (var link = 0; link < 5; link++)
        {
            _a.Connected(s_agent, $"link {link}");
            _a.Disconnected(s_agent, $"link {link}", saidGoodbye: true);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _b.Connected(s_agent, "newest");

        Assert.Equal(Adoption.Taken, _a.Adopt(News(_b, AgentStatus.Online)));
        Assert.True(_a.IsConnected(s_agent));
    }

    /// <summary>An agent without a link may be heard anywhere, and nodes tell again what they heard when another was away.</summary>
    [Fact]
    public void Adopt_WordOfAnAgentWithoutALinkThatWasHeardHereSince_IsStale()
    {
        _a.Heard(s_agent);
        _clock.Advance(TimeSpan.FromSeconds(100));
        _b.Heard(s_agent);

        Assert.Equal(Adoption.Stale, _b.Adopt(News(_a, AgentStatus.Online)));
        Assert.Equal(Adoption.Taken, _a.Adopt(News(_b, AgentStatus.Online)));
        Assert.Empty(_a.HeardHere());
        Assert.Equal([s_agent], _b.HeardHere());
        Assert.Empty(Run(_b, seconds: 88));
    }

    [Fact]
    public void Adopt_CopyOfAnAgentThatWasHeardHere_IsStale()
    {
        _a.Heard(s_agent);
        var copy = News(_a, AgentStatus.Offline);
        _b.Heard(s_agent);

        Assert.Equal(Adoption.Stale, _b.Adopt(copy, isCopy: true));
        Assert.Null(_b.Heard(s_agent));
    }

    /// <summary>That the node stopped in good order is known already; that it wrote before, that it had the link, says nothing more.</summary>
    [Fact]
    public void Adopt_CopyFromANodeThatIsGone_OfTheLinkThatIsKnown_IsStale()
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        var copy = News(_a, AgentStatus.Suspect) with { Node = null, IsInDoubt = true };
        _b.NodeGone("a", saidSo: true);

        Assert.Equal(Adoption.Stale, _b.Adopt(copy, isCopy: true));
        Assert.Empty(_b.Doubts());
        Assert.Equal(Adoption.Taken, _b.Adopt(copy with { Link = copy.Link + 1 }, isCopy: true));
    }

    [Theory]
    [InlineData(AgentStatus.Suspect)]
    [InlineData(AgentStatus.Offline)]
    public void Adopt_CopyOfALinkThatEndedWhileThisNodeWasAway_IsTaken(AgentStatus status)
    {
        _a.Connected(s_agent, "link");
        _b.Adopt(News(_a, AgentStatus.Online));
        _a.Disconnected(s_agent, "link", saidGoodbye: status == AgentStatus.Offline);

        Assert.Equal(Adoption.Taken, _b.Adopt(News(_a, status), isCopy: true));
        Assert.False(_b.IsConnected(s_agent));
    }

    /// <summary>Silence is told as a duration, so clocks that differ do no harm.</summary>
    [Fact]
    public void Adopt_LinkThatWasCutElsewhere_KeepsItsDeadline()
    {
        _a.Connected(s_agent, "link");
        Run(_b, seconds: 60);
        _a.Disconnected(s_agent, "link", saidGoodbye: false);

        _b.Adopt(News(_a, AgentStatus.Suspect));

        Assert.Empty(Run(_b, seconds: 28));
        Assert.Equal([s_agent], Run(_b, seconds: 4));
    }

    private LivenessTracker Tracker(string node) => new(_clock, TimeSpan.FromSeconds(30), node);

    private AgentState News(LivenessTracker from, AgentStatus status, Guid? agent = null)
    {
        var (link, node, silent, isInDoubt) = from.LinkOf(agent ?? s_agent);
        return new AgentState(
            agent ?? s_agent, link, node, status, _clock.Wall, _clock.Wall.AddMinutes(-7), (long)silent.TotalMilliseconds, null, IsInDoubt: isInDoubt);
    }

    private List<Guid> Run(LivenessTracker tracker, int seconds)
    {
        var gone = new List<Guid>();
        for (var second = 0; second < seconds; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            gone.AddRange(tracker.Sweep());
        }

        return gone;
    }
}
