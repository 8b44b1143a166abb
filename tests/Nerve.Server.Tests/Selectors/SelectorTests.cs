using CsCheck;
using Nerve.Server.Selectors;

namespace Nerve.Server.Tests.Selectors;

/// <summary>What Kubernetes' own parser accepts, refuses and means is what ours does.</summary>
public sealed class SelectorTests
{
    private static readonly Dictionary<string, string> s_labels = new()
    {
        ["site"] = "shanghai",
        ["rack"] = "r7",
        ["empty"] = "",
        ["cpu.threads"] = "128",
        ["gpu.model"] = "NVIDIA H100 80GB HBM3",
        ["topology.kubernetes.io/zone"] = "cn-east-2a",
        ["in"] = "notin",
        ["位置"] = "上海",
    };

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("site=shanghai")]
    [InlineData("site==shanghai")]
    [InlineData(" site = shanghai ")]
    [InlineData("site=shanghai,rack=r7")]
    [InlineData("site!=beijing")]
    [InlineData("nowhere!=beijing")]
    [InlineData("site in (beijing,shanghai)")]
    [InlineData("site in ( shanghai )")]
    [InlineData("site notin (beijing)")]
    [InlineData("nowhere notin (beijing)")]
    [InlineData("site")]
    [InlineData("empty")]
    [InlineData("!nowhere")]
    [InlineData("! nowhere")]
    [InlineData("empty=")]
    [InlineData("empty=,site")]
    [InlineData("empty in ()")]
    [InlineData("empty in (a,)")]
    [InlineData("site notin ()")]
    [InlineData("site in (x,y,notin,shanghai,in)")]
    [InlineData("in=notin")]
    [InlineData("in in (notin)")]
    [InlineData("topology.kubernetes.io/zone=cn-east-2a")]
    [InlineData("位置=上海")]
    [InlineData("cpu.threads>64")]
    [InlineData("cpu.threads>=128")]
    [InlineData("cpu.threads<=128")]
    [InlineData("cpu.threads<128.5")]
    [InlineData("gpu.model=\"NVIDIA H100 80GB HBM3\"")]
    [InlineData("\"gpu.model\" in (\"NVIDIA H100 80GB HBM3\", H200)")]
    [InlineData("gpu.model, site in (shanghai,b), cpu.threads>=64, !maintenance")]
    public void Matches_WhatIsMeant_IsTrue(string selector) => Assert.True(Selector.Parse(selector).Matches(s_labels));

    [Theory]
    [InlineData("site=beijing")]
    [InlineData("site=Shanghai")]
    [InlineData("site=shanghai,rack=r8")]
    [InlineData("site!=shanghai")]
    [InlineData("nowhere=")]
    [InlineData("nowhere in (beijing)")]
    [InlineData("site notin (beijing,shanghai)")]
    [InlineData("site in ()")]
    [InlineData("empty notin ()")]
    [InlineData("nowhere")]
    [InlineData("!site")]
    [InlineData("!empty")]
    [InlineData("cpu.threads>128")]
    [InlineData("cpu.threads<128")]
    [InlineData("site>1")]
    [InlineData("nowhere<1")]
    public void Matches_WhatIsNotMeant_IsFalse(string selector) => Assert.False(Selector.Parse(selector).Matches(s_labels));

    [Theory]
    [InlineData("x,,y", 2)]
    [InlineData(",x,y", 0)]
    [InlineData("a in (xyz),", 11)]
    [InlineData("x=a||y=b", 3)]
    [InlineData("x==a==b", 4)]
    [InlineData("x nott in (y)", 2)]
    [InlineData("a in (xyz)b notin ()", 10)]
    [InlineData("a in (xyz abc)", 10)]
    [InlineData("a notin(", 8)]
    [InlineData("a in xyz", 5)]
    [InlineData("a (", 2)]
    [InlineData("(", 0)]
    [InlineData("!x=a", 2)]
    [InlineData("!", 1)]
    [InlineData("=a", 0)]
    [InlineData("a=b c", 4)]
    [InlineData("a>b", 2)]
    [InlineData("a>", 2)]
    [InlineData("a<\"x\"", 2)]
    [InlineData("a=\"never closed", 2)]
    [InlineData("\"\"=a", 0)]
    [InlineData("a && b", 2)]
    public void Parse_NoSelector_PointsAtTheCharacter(string text, int position)
    {
        var fault = Assert.Throws<SelectorSyntaxException>(() => Selector.Parse(text));

        Assert.Equal(position, fault.Position);
        Assert.StartsWith($"at character {position + 1}: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EndlessText_IsRefused() => Assert.Throws<SelectorSyntaxException>(() => Selector.Parse(new string('a', 5000)));

    [Fact]
    public void Parse_AnyText_EitherParsesOrPoints() => Gen.String[Gen.Char["ab in()=!<>,\"\\ 1&|\t"], 0, 30].Sample(text =>
    {
        try
        {
            Selector.Parse(text);
        }
        catch (SelectorSyntaxException fault)
        {
            Assert.InRange(fault.Position, 0, text.Length);
        }
    });

    [Fact]
    public void ToString_AnySelector_ReadsBackAsItself()
    {
        var word = Gen.OneOf(Gen.String[Gen.Char["abz09._-/"], 1, 8], Gen.String[Gen.Char["a \"\\=,()!"], 1, 8], Gen.Bool.Select(exclude => exclude ? "notin" : "in"));
        var values = word.List[1, 3].Select(list => (IReadOnlyList<string>)list);
        var requirement = Gen.OneOf(
            Gen.Select(word, values, (key, some) => (Requirement)new OneOf(key, some)),
            Gen.Select(word, values, (key, some) => (Requirement)new NoneOf(key, some)),
            word.Select(key => (Requirement)new Exists(key)),
            word.Select(key => (Requirement)new Absent(key)),
            Gen.Select(word, Gen.Enum<Comparison>(), Gen.Int, (key, how, number) => (Requirement)new Compares(key, how, number)));
        requirement.List[0, 4].Select(list => new Selector(list)).Sample(selector =>
        {
            var text = selector.ToString();
            Assert.Equal(text, Selector.Parse(text).ToString());
            Assert.Equal(selector.Requirements.Count, Selector.Parse(text).Requirements.Count);
            Assert.Equal(selector.Requirements.Select(r => r.GetType()), Selector.Parse(text).Requirements.Select(r => r.GetType()));
        });
    }
}
