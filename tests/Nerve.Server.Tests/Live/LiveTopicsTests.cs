using Nerve.Server.Live;

namespace Nerve.Server.Tests.Live;

public sealed class LiveTopicsTests
{
    private readonly LiveTopics _topics = new();

    [Fact]
    public void IsWatched_UntilTheLastWatcherLeaves()
    {
        _topics.TryAdd("fleet", "one");
        _topics.TryAdd("fleet", "two");
        _topics.TryAdd("fleet", "two");

        _topics.Remove("fleet", "two");
        Assert.True(_topics.IsWatched("fleet"));

        _topics.Remove("fleet", "one");
        _topics.Remove("fleet", "one");
        Assert.False(_topics.IsWatched("fleet"));
    }

    [Fact]
    public void IsWatched_TheWatchersLinkEnds_NoneOfItsTopics()
    {
        _topics.TryAdd("fleet", "one");
        _topics.TryAdd("tasks", "one");
        _topics.TryAdd("tasks", "two");

        _topics.RemoveAll("one");

        Assert.False(_topics.IsWatched("fleet"));
        Assert.True(_topics.IsWatched("tasks"));
    }
}
