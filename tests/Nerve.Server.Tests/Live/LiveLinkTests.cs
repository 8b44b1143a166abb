using Nerve.Server.Agents;
using Nerve.Server.Live;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Live;

/// <summary>A browser that takes in less than there is to tell: a phone on a thin line, a page that was put to sleep.</summary>
public sealed class LiveLinkTests
{
    private readonly ScriptedBrowser _browser = new();
    private readonly Dictionary<Guid, AgentSummary> _fleet = [];
    private readonly LiveLink _link;
    private int _cuts;

    public LiveLinkTests() => _link = new LiveLink(_browser, id => _fleet.GetValueOrDefault(id), _ => _cuts++);

    [Fact]
    public async Task Tell_BrowserTakesThemOneByOne_GetsAllInOrder()
    {
        _browser.Take(100);

        Tell(100);

        await Eventually.HoldsAsync(() => _browser.Begun.Count == 100);
        Assert.Equal(Enumerable.Range(0, 100), _browser.Begun.Select(message => (int)message.Data));
    }

    [Fact]
    public async Task Tell_BrowserTakesNothing_IsCutOffOnce_AndNothingIsKeptForIt()
    {
        Tell(1);
        await Eventually.HoldsAsync(() => _browser.Begun.Count == 1);

        Tell(LiveLink.MostWaiting);
        Assert.Equal(0, _cuts);
        Tell(5);
        _browser.Take(LiveLink.MostWaiting);
        _link.TellLines([Known("late")]);
        Tell(5);

        Assert.Equal(1, _cuts);
        Assert.Single(_browser.Begun);
    }

    [Fact]
    public async Task Tell_WholeStatesOfOneThing_OfThoseThatWaitTheNewestIsSent()
    {
        var (task, other) = (Guid.NewGuid(), Guid.NewGuid());
        Tell(1);
        await Eventually.HoldsAsync(() => _browser.Begun.Count == 1);

        for (var change = 0; change < 10 * LiveLink.MostWaiting; change++)
        {
            _link.Tell(new LiveEvent("tasks", "task", change) { Thing = task });
        }

        _link.Tell(new LiveEvent("tasks", "task", -1) { Thing = other });
        _link.Tell(new LiveEvent($"task:{task}", "task", -2) { Thing = task });
        _browser.Take(10);

        await Eventually.HoldsAsync(() => _browser.Begun.Count == 4);
        Assert.Equal([0, (10 * LiveLink.MostWaiting) - 1, -1, -2], _browser.Begun.Select(message => (int)message.Data));
        Assert.Equal(0, _cuts);
    }

    [Fact]
    public async Task TellLines_AgainAndAgainWhileTheBrowserIsBusy_EachHostIsSentOnceAsItIsThen()
    {
        var (busy, quiet) = (Known("busy"), Known("quiet"));
        _link.TellLines([quiet]);
        await Eventually.HoldsAsync(() => _browser.Begun.Count == 1);

        for (var beat = 0; beat < 10_000; beat++)
        {
            _link.TellLines([busy]);
        }

        _fleet[busy] = _fleet[busy] with { Status = AgentStatus.Offline };
        _browser.Take(3);
        await Eventually.HoldsAsync(() => _browser.Begun.Count == 2);
        Tell(1);
        await Eventually.HoldsAsync(() => _browser.Begun.Count == 3);

        Assert.Equal([("quiet", AgentStatus.Online)], Lines(_browser.Begun[0]));
        Assert.Equal([("busy", AgentStatus.Offline)], Lines(_browser.Begun[1]));
        Assert.Equal(0, _cuts);
    }

    [Fact]
    public async Task TellLines_OfManyHosts_ComeInPieces_AndOfThoseThatAreGoneNothing()
    {
        _browser.Take(100);
        var hosts = Enumerable.Range(0, 450).Select(i => Known($"host-{i}")).ToList();

        _link.TellLines([Guid.NewGuid()]);
        _link.TellLines(hosts);

        await Eventually.HoldsAsync(() => _browser.Begun.Sum(message => Lines(message).Count) == 450);
        Assert.All(_browser.Begun, message => Assert.InRange(Lines(message).Count, 1, 200));
        Assert.Equal(450, _browser.Begun.SelectMany(Lines).Distinct().Count());
    }

    private void Tell(int events)
    {
        for (var i = 0; i < events; i++)
        {
            _link.Tell(new LiveEvent("tasks", "task", i));
        }
    }

    private Guid Known(string hostname)
    {
        var agent = new Server.Agents.Agent
        {
            Id = Guid.NewGuid(),
            Hostname = hostname,
            CredentialHash = "",
            EnrolledAt = default,
            Status = AgentStatus.Online,
            StatusSince = default,
        };
        _fleet[agent.Id] = AgentSummary.Of(agent, null, agent.Labels, new Dictionary<string, double?>());
        return agent.Id;
    }

    private static List<(string, AgentStatus)> Lines(LiveEvent message)
    {
        Assert.Equal(("fleet", "agents"), (message.Topic, message.Type));
        return [.. ((IEnumerable<AgentSummary>)message.Data).Select(line => (line.Hostname, line.Status))];
    }
}
