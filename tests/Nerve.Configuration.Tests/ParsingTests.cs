namespace Nerve.Configuration.Tests;

public class ParsingTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3600)]
    [InlineData("30d", 2_592_000)]
    [InlineData("1h30m", 5400)]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5s", 1.5)]
    [InlineData("0s", 0)]
    public void TryDuration_GoodText_IsThatManySeconds(string text, double seconds)
    {
        Assert.True(Parsing.TryDuration(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("1..5s")]
    [InlineData("5y")]
    [InlineData("99999999999999d")]
    [InlineData("1e3s")]
    [InlineData("٣s")]
    public void TryDuration_BadText_IsRefused(string text) => Assert.False(Parsing.TryDuration(text, out _));

    [Theory]
    [InlineData(":8090", "", 8090)]
    [InlineData("localhost:80", "localhost", 80)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void ListenAddress_GoodText_RoundTrips(string text, string host, int port)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));
        Assert.Equal(new ListenAddress(host, port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("8090")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("::1:80")]
    [InlineData("[::1:80")]
    [InlineData("[localhost]:80")]
    [InlineData("http://localhost:80")]
    [InlineData("a b:80")]
    public void ListenAddress_BadText_IsRefused(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("rack", "has 'rack', which is not name=value; write for example rack=a1,zone=east")]
    [InlineData("=x", "has '=x', which is not name=value; write for example rack=a1,zone=east")]
    [InlineData("a=1,a=2", "has the name 'a' twice")]
    public void Labels_BadText_SaysWhy(string text, string reason) => Assert.Equal(reason, Checks.Labels(text));

    [Fact]
    public void TryLabels_ValueWithEqualsSign_KeepsIt()
    {
        Assert.True(Parsing.TryLabels("a=b=c, d =", out var labels, out _));
        Assert.Equal([KeyValuePair.Create("a", "b=c"), KeyValuePair.Create("d", "")], labels);
    }

    [Theory]
    [InlineData("https://center.example.com:8090", null)]
    [InlineData("http://[::1]:8090/nerve/", null)]
    [InlineData("center:8090", "is not a URL with http or https; write for example http://center.example.com:8090")]
    [InlineData("ftp://center", "is not a URL with http or https; write for example http://center.example.com:8090")]
    [InlineData("http://user:secret@center", "has a user name or password in it; secrets do not belong into addresses")]
    [InlineData("http://center?token=x", "has a '?' or '#' part; write only the address")]
    public void Url_Text_IsJudged(string text, string? reason) => Assert.Equal(reason, Checks.Url("http", "https")(text));

    [Fact]
    public void Each_OneBadElement_IsNamed() =>
        Assert.Equal(
            "has 'b', which is not a URL with http; write for example http://center.example.com:8090",
            Checks.Each(Checks.Url("http"))("http://a,b"));

    [Theory]
    [InlineData("999ms", "is not between 1s and 1h")]
    [InlineData("61m", "is not between 1s and 1h")]
    [InlineData("1h", null)]
    [InlineData("x", "is not a duration; write for example 30s, 5m, 1h or 30d")]
    public void DurationBetween_Text_IsJudged(string text, string? reason) =>
        Assert.Equal(reason, Checks.DurationBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))(text));

    [Theory]
    [InlineData("0", "is not a whole number from 1 to 5")]
    [InlineData("5", null)]
    [InlineData("2.0", "is not a whole number from 1 to 5")]
    public void Integer_Text_IsJudged(string text, string? reason) => Assert.Equal(reason, Checks.Integer(1, 5)(text));
}
