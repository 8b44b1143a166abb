using System.Text;
using CsCheck;
using Nerve.Agent.Metrics;

namespace Nerve.Agent.Tests.Metrics;

public class CpuTimesTests
{
    [Fact]
    public void Since_IdleRunningBackwards_StandsStill()
    {
        var earlier = new CpuTimes(User: 100, System: 50, Idle: 1000, IoWait: 30, Steal: 0);
        var later = new CpuTimes(User: 110, System: 55, Idle: 1080, IoWait: 25, Steal: 5);

        Assert.Equal(new CpuTimes(10, 5, 80, 0, 5), later.Since(earlier));
        Assert.Null(earlier.Since(later));
    }

    [Theory]
    [InlineData("cpu  1 2 3 4")]
    [InlineData("cpu  1 2 3 4 0 0 0 0 0 0\ncpu0 9 9 9 9")]
    public void Parse_OldAndNewKernels_AreUnderstood(string text) =>
        Assert.Equal(new CpuTimes(3, 3, 4, 0, 0), CpuTimes.Parse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData("cpu0 1 2 3 4")]
    [InlineData("cpu 1 2 x 4")]
    public void Parse_SomethingElse_IsNull(string text) => Assert.Null(CpuTimes.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Gen.Char["cpu 0123456789\n-."].Array.Sample(letters => { CpuTimes.Parse(Encoding.UTF8.GetBytes(letters)); });
}
