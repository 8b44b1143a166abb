using System.CommandLine;

namespace Nerve.Configuration.Tests;

public class SettingsCommandsTests
{
    private static readonly Setting[] s_table = [new("name", "A name"), new("debug", "Verbose") { Shape = SettingShape.Switch }];

    [Theory]
    [InlineData("--nmae", "x")]
    [InlineData("--name")]
    [InlineData("--name", "a", "--name", "b")]
    [InlineData("unknown")]
    [InlineData("--debug=maybe")]
    public async Task RunAsync_BadCommandLine_ExitsWithTwoAndSaysWhy(params string[] args)
    {
        var error = new StringWriter();

        Assert.Equal(2, await Program(_ => 0).RunAsync(args, error));

        var lines = error.ToString().TrimEnd().Split('\n');
        Assert.True(lines.Length >= 2, error.ToString());
        Assert.StartsWith("See: ", lines[^1]);
    }

    [Fact]
    public async Task RunAsync_ConfigurationException_ExitsWithTwoAndPrintsEveryError()
    {
        var error = new StringWriter();

        var exitCode = await Program(_ => throw new ConfigurationException(["first", "second"])).RunAsync([], error);

        Assert.Equal(2, exitCode);
        Assert.Equal("first\nsecond\n", error.ToString());
    }

    [Fact]
    public async Task RunAsync_ValueThatStartsWithAt_IsAValue()
    {
        string? name = null;
        var program = Program(parsed =>
        {
            name = SettingsReader.Read(s_table, parsed, new Dictionary<string, string>()).OrThrow().Text("name");
            return 7;
        });

        Assert.Equal(7, await program.RunAsync(["--name", "@home"], TextWriter.Null));
        Assert.Equal("@home", name);
    }

    private static RootCommand Program(Func<ParseResult, int> action)
    {
        var root = new RootCommand("test");
        root.WithSettings(s_table).SetAction(action);
        return root;
    }
}
