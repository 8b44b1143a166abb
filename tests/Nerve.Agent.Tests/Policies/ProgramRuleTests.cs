using Nerve.Agent.Policies;

namespace Nerve.Agent.Tests.Policies;

public sealed class ProgramRuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-test-").FullName;

    [Theory]
    [InlineData("/opt/tools/a", "/opt/tools/a", true)]
    [InlineData("/opt/tools/a", "/opt/tools/ab", false)]
    [InlineData("/opt/tools/*", "/opt/tools/ab", true)]
    [InlineData("/opt/tools/*", "/opt/tools/sub/ab", false)]
    [InlineData("/opt/tools/*", "/opt/toolsab", false)]
    [InlineData("/opt/*/check-*.sh", "/opt/x/check-1.sh", true)]
    [InlineData("/opt/*/check-*.sh", "/opt/x/check-1.sh.bak", false)]
    [InlineData("/opt/**/a", "/opt/x/y/a", false)]
    public void Fits_Path_StarsStayWithinAFolder(string path, string file, bool fits) =>
        Assert.Equal(fits, new ProgramRule(path, null).Fits(file));

    [Fact]
    public void Fits_RuleThroughLinks_MeansWhereTheyLead()
    {
        Directory.CreateDirectory(At("real"));
        File.WriteAllText(At("real/tool"), "");
        File.CreateSymbolicLink(At("folder"), At("real"));
        File.CreateSymbolicLink(At("alias"), At("folder/tool"));

        Assert.True(new ProgramRule(At("alias"), null).Fits(At("real/tool")));
        Assert.True(new ProgramRule(At("folder/*"), null).Fits(At("real/tool")));
        Assert.False(new ProgramRule(At("folder/*"), null).Fits(At("folder/tool")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);
}
