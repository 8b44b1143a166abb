using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Shared;

namespace Nerve.Server.Tests.Shared;

public sealed class IdSourceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Next_AnyNumberInOneMillisecond_GrowStrictly_AsTextToo()
    {
        var ids = new IdSource(_time);

        var made = Enumerable.Range(0, 20_000).Select(_ => ids.Next()).ToList();

        Assert.Equal(made.Count, made.Distinct().Count());
        Assert.Equal(made.Order(), made);
        Assert.Equal(made.Select(id => id.ToString()).Order(StringComparer.Ordinal), made.Select(id => id.ToString()));
    }

    [Fact]
    public void Next_IsAUuidOfVersionSeven_WithTheTimeInFront()
    {
        var id = new IdSource(_time).Next();

        // RFC 9562 §5.7: 48 bits of Unix milliseconds, version 7, variant 10.
        Assert.StartsWith($"{_time.GetUtcNow().ToUnixTimeMilliseconds():x12}", id.ToString("N"), StringComparison.Ordinal);
        Assert.Equal('7', id.ToString("N")[12]);
        Assert.Contains(id.ToString("N")[16], "89ab");
    }

    [Fact]
    public void Next_ClockGoesBack_StillGrows()
    {
        var clock = new Support.TestClock();
        var ids = new IdSource(clock);
        var before = ids.Next();
        clock.Wall = clock.Wall.AddHours(-1);

        Assert.True(ids.Next().CompareTo(before) > 0);
    }
}
