namespace Nerve.Configuration.Tests;

public class ProgramTests
{
    [Fact]
    public void Placeholder() => Assert.True(true);
}
