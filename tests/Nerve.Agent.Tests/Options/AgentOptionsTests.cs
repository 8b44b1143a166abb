using System.CommandLine;
using Nerve.Agent.Options;
using Nerve.Configuration;

namespace Nerve.Agent.Tests.Options;

public sealed class AgentOptionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-options-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Everything_IsUnderstood()
    {
        var options = Read(
            ["--server", "https://a:8090,https://b", "--interval", "1m", "--inventory-interval", "90s", "--labels", "rack=a1,zone=east", "--cluster", "h100", "--root", _folder]);

        Assert.Equal([new Uri("https://a:8090"), new Uri("https://b")], options.Servers);
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(90)), (options.Interval, options.InventoryInterval));
        Assert.Equal("a1", options.Labels["rack"]);
        Assert.Equal("h100", options.Cluster);
        Assert.Equal(_folder, options.Root);
        Assert.Empty(options.Warnings);
        Assert.False(options.Token.IsConfigured);
    }

    [Fact]
    public void Read_Nothing_SaysThatAServerIsNeeded() =>
        Assert.Equal(
            ["server is required: give --server, NERVE_SERVER or 'server' in the configuration file"],
            Assert.Throws<ConfigurationException>(() => Read([])).Errors);

    [Theory]
    [InlineData("--interval", "500ms", "interval (from --interval): '500ms' is not between 1s and 1h")]
    [InlineData("--root", "/does/not/exist", "root (from --root): '/does/not/exist' is not an existing directory")]
    [InlineData("--labels", "x", "labels (from --labels): 'x' has 'x', which is not name=value; write for example rack=a1,zone=east")]
    public void Read_BadValue_NamesIt(string flag, string value, string expected) =>
        Assert.Equal([expected], Assert.Throws<ConfigurationException>(() => Read(["--server", "https://a", flag, value])).Errors);

    [Fact]
    public void Read_TokenInTheCommandLine_WorksWithAWarning()
    {
        var options = Read(["--server", "https://a", "--token", "t0ken"]);

        Assert.Equal("t0ken", options.Token.Read().Token);
        var warning = Assert.Single(options.Warnings);
        Assert.StartsWith("--token shows the enrolment token", warning);
        Assert.DoesNotContain("t0ken", warning);
    }

    [Fact]
    public void Read_PlainHttpToAnotherMachine_IsAWarning()
    {
        Assert.Empty(Read(["--server", "http://localhost:8090"]).Warnings);
        Assert.StartsWith("http://center is not encrypted", Assert.Single(Read(["--server", "http://center"]).Warnings));
    }

    [Fact]
    public void Token_FromTheEnvironment_IsTakenWithoutAWarning()
    {
        var options = Read(["--server", "https://a"], ("NERVE_TOKEN", "t0ken"));
        Assert.Equal("t0ken", options.Token.Read().Token);
        Assert.Empty(options.Warnings);
    }

    [Fact]
    public void Token_FileByFlagAndTextByVariable_TakesTheFlag() =>
        Assert.Equal("from-file", Read(["--server", "https://a", "--token-file", Write("from-file\n")], ("NERVE_TOKEN", "x")).Token.Read().Token);

    [Fact]
    public void Token_FileReplaced_IsReadAnew()
    {
        var token = Read(["--server", "https://a", "--token-file", Write("old")]).Token;
        Assert.Equal("old", token.Read().Token);
        Write("new\n");
        Assert.Equal("new", token.Read().Token);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two tokens")]
    public void Token_FileWithoutOneToken_SaysSo(string content)
    {
        var (token, problem) = Read(["--server", "https://a", "--token-file", Write(content)]).Token.Read();
        Assert.Null(token);
        Assert.Contains("does not hold one token", problem);
    }

    [Fact]
    public void Token_FileMissing_SaysSo()
    {
        var (token, problem) = Read(["--server", "https://a", "--token-file", _folder + "/none"]).Token.Read();
        Assert.Null(token);
        Assert.StartsWith("the token file cannot be read: ", problem);
    }

    private static AgentOptions Read(string[] args, params (string Name, string Value)[] environment)
    {
        var command = new RootCommand();
        command.WithSettings(AgentSettingsTable.All).SetAction(_ => 0);
        var parsed = command.Parse(args);
        Assert.Empty(parsed.Errors);
        return AgentOptions.Read(parsed, environment.ToDictionary(variable => variable.Name, variable => variable.Value));
    }

    private string Write(string content)
    {
        var path = Path.Combine(_folder, "token");
        File.WriteAllText(path, content);
        return path;
    }
}
