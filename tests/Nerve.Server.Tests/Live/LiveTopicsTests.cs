using Nerve.Server.Live;

namespace Nerve.Server.Tests.Live;

public sealed class LiveTopicsTests
{
    private readonly LiveTopics _topics = new();
    private readonly LiveLink _one = ScriptedBrowser.NewLink();
    private readonly LiveLink _two = ScriptedBrowser.NewLink();

    [Fact]
    public void IsWatched_UntilTheLastWatcherLeaves()
    {
        _topics.TryAdd("fleet", _one);
        _topics.TryAdd("fleet", _two);
        _topics.TryAdd("fleet", _two);

        _topics.Remove("fleet", _two);
        Assert.True(_topics.IsWatched("fleet"));

        _topics.Remove("fleet", _one);
        _topics.Remove("fleet", _one);
        Assert.False(_topics.IsWatched("fleet"));
    }

    [Fact]
    public void IsWatched_TheWatchersLinkEnds_NoneOfItsTopics()
    {
        _topics.TryAdd("fleet", _one);
        _topics.TryAdd("tasks", _one);
        _topics.TryAdd("tasks", _two);

        _topics.RemoveAll(_one);

        Assert.False(_topics.IsWatched("fleet"));
        Assert.True(_topics.IsWatched("tasks"));
    }

    [Fact]
    public void IsAnyAgentWatched_WhileSomebodyWatchesOne()
    {
        _topics.TryAdd("fleet", _one);
        Assert.False(_topics.IsAnyAgentWatched);

        _topics.TryAdd("agent:1", _one);
        _topics.TryAdd("agent:1", _one);
        _topics.TryAdd("agent:1", _two);
        _topics.TryAdd("agent:2", _two);
        _topics.Remove("agent:1", _one);
        _topics.Remove("agent:1", _one);
        _topics.Remove("agent:2", _two);
        Assert.True(_topics.IsAnyAgentWatched);

        _topics.RemoveAll(_two);
        Assert.False(_topics.IsAnyAgentWatched);
    }
}
