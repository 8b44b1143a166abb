using CsCheck;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

public class CpuListTests
{
    [Theory]
    [InlineData("0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("5", new[] { 5 })]
    [InlineData("", new int[0])]
    public void Parse_List_Expands(string list, int[] expected) => Assert.Equal(expected, CpuList.Parse(list));

    [Theory]
    [InlineData("a-b")]
    [InlineData("0-4000000000")]
    [InlineData("0-1000000")]
    [InlineData("-1")]
    public void Parse_Nonsense_IsNull(string list) => Assert.Null(CpuList.Parse(list));

    [Theory]
    [InlineData("00000000,0000010f", 5)]
    [InlineData("ffffffff,ffffffff", 64)]
    public void CountMask_Words_AddsUp(string mask, int expected) => Assert.Equal(expected, CpuList.CountMask(mask));

    [Fact]
    public void Parse_AnyText_NeverThrows() => Gen.String.Sample(text => { CpuList.Parse(text); });
}
