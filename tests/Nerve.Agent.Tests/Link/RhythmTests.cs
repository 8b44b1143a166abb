using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Tests.Link;

public sealed class RhythmTests
{
    private readonly Rhythm _rhythm = new(new FakeTimeProvider(), Rhythm.Wish(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)));

    [Fact]
    public void Settings_UntilTheCenterSaysSomething_AreTheAgentsOwn() => Assert.Equal(new AgentSettings(30, 10, 30, 1800, 300), _rhythm.Settings);

    [Fact]
    public void Apply_WhatTheCenterLeavesOut_StaysTheAgentsOwn()
    {
        _rhythm.Apply(new AgentSettings(60, 20, 90, 600, 900));
        _rhythm.Apply(new AgentSettings(15, 5));

        Assert.Equal(new AgentSettings(15, 5, 30, 1800, 300), _rhythm.Settings);
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(0)]
    public void Apply_TooLittle_IsTheLeastThatDoesNoHarm(int told)
    {
        _rhythm.Apply(new AgentSettings(told, told, told, told, told));

        Assert.Equal(new AgentSettings(1, 1, 5, 60, 30), _rhythm.Settings);
    }

    [Fact]
    public void Apply_TooMuch_IsTheMostThatStillSays()
    {
        _rhythm.Apply(new AgentSettings(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue));

        Assert.Equal(new AgentSettings(3600, 3600, 1440, 86400, 86400), _rhythm.Settings);
    }

    [Fact]
    public void Apply_SamplesLessOftenThanHeartbeats_AreTakenWithEach()
    {
        _rhythm.Apply(new AgentSettings(10, 60));

        Assert.Equal((10, 10), (_rhythm.Settings.HeartbeatSeconds, _rhythm.Settings.SampleSeconds));
    }
}
