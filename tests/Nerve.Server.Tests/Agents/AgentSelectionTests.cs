using Nerve.Server.Agents;
using Nerve.Server.Selectors;

namespace Nerve.Server.Tests.Agents;

public sealed class AgentSelectionTests
{
    private static readonly AgentSummary s_host = new(
        Guid.Empty, "gpu-017", AgentStatus.Online, default, "train", new Dictionary<string, string> { ["site"] = "a", ["arch"] = "legacy" }, [],
        "Ubuntu 24.04.1 LTS", "6.8.0-45-generic", "x86_64", "0.1.0", default, null, "Intel(R) Xeon(R) Platinum 8480C", 224, 2164L << 30,
        "NVIDIA H100 80GB HBM3", 8, new Dictionary<string, double?>());

    [Theory]
    [InlineData("gpu.model=H100, site in (a,b), cpu.threads>=64, !maintenance")]
    [InlineData("gpu.model=\"NVIDIA H100 80GB HBM3\"")]
    [InlineData("gpu.model in (A100,H100)")]
    [InlineData("gpu.model notin (A100,H200)")]
    [InlineData("gpu.count=8,hostname=gpu-017,cluster=train,status=online")]
    [InlineData("cpu.model=8480C,memory.gib>2000,agent.version=0.1.0")]
    [InlineData("arch=legacy")]
    public void Matches_WhatIsMeant_IsTrue(string selector) => Assert.True(Selector.Parse(selector).Matches(s_host));

    [Theory]
    [InlineData("gpu.model=H10")]
    [InlineData("gpu.model=h100")]
    [InlineData("gpu.model!=H100")]
    [InlineData("gpu.model notin (A100,H100)")]
    [InlineData("!gpu.model")]
    [InlineData("gpu.count<8")]
    [InlineData("arch=x86_64")] // a label of that name comes first
    [InlineData("cpu.cores")]
    public void Matches_WhatIsNotMeant_IsFalse(string selector) => Assert.False(Selector.Parse(selector).Matches(s_host));

    [Theory]
    [InlineData("gpu.model=A100", true)]
    [InlineData("gpu.model=H100", true)]
    [InlineData("gpu.model=\"NVIDIA H100 80GB HBM3\"", true)]
    [InlineData("gpu.model!=H100", false)]
    [InlineData("gpu.model notin (L40S,A100)", false)]
    [InlineData("gpu.model notin (L40S,H200)", true)]
    public void Matches_SeveralModels_EachCounts(string selector, bool expected)
    {
        var mixed = s_host with { GpuModel = "NVIDIA H100 80GB HBM3, NVIDIA A100-SXM4-80GB" };

        Assert.Equal(expected, Selector.Parse(selector).Matches(mixed));
    }
}
