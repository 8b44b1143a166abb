using System.CommandLine;

namespace Nerve.Configuration.Tests;

public sealed class SettingsReaderTests : IDisposable
{
    private static readonly Setting[] s_table =
    [
        new("config", "Configuration file"),
        new("addr", "Where to listen") { Default = ":8090", Check = Checks.Address },
        new("interval", "Between heartbeats") { Default = "30s", Check = Checks.Duration },
        new("storage", "Kind of storage") { Default = "sqlite", Check = Checks.OneOf("sqlite", "postgres", "mongodb") },
        new("storage-url", "Where the fleet lives") { Secret = true, Check = Checks.Url("postgres", "mongodb") },
        new("server", "Centers") { Shape = SettingShape.List, Check = Checks.Each(Checks.Url("http", "https")) },
        new("labels", "Labels") { Shape = SettingShape.Map },
        new("tls", "Serve HTTPS") { Shape = SettingShape.Switch },
        new("tls-cert", "Certificate"),
        new("debug", "Verbose logs") { Shape = SettingShape.Switch },
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Nothing_GivesDefaults()
    {
        var settings = Read([]).OrThrow();

        Assert.Equal(new ListenAddress("", 8090), settings.Address("addr"));
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Duration("interval"));
        Assert.Null(settings.Text("tls-cert"));
        Assert.False(settings.Switch("debug"));
        Assert.Empty(settings.Labels("labels"));
        Assert.False(settings.IsSet("addr"));
    }

    [Fact]
    public void Read_FlagVariableAndFile_TakesThemInThatOrder()
    {
        var file = Write("addr: ':1'\ninterval: 1s\nstorage: postgres\n");
        var environment = Environment(("NERVE_ADDR", ":2"), ("NERVE_INTERVAL", "2s"));

        var settings = Read(["--config", file, "--addr", ":3"], environment).OrThrow();

        Assert.Equal((":3", "--addr"), (settings.Text("addr"), settings.Origin("addr")));
        Assert.Equal(("2s", "NERVE_INTERVAL"), (settings.Text("interval"), settings.Origin("interval")));
        Assert.Equal(("postgres", file + ":3"), (settings.Text("storage"), settings.Origin("storage")));
    }

    [Fact]
    public void Read_FileNamedByVariable_IsRead() =>
        Assert.True(Read([], Environment(("NERVE_CONFIG", Write("debug: true")))).OrThrow().Switch("debug"));

    [Theory]
    [InlineData("--debug", "run")]
    [InlineData("run", "--debug")]
    public void Read_FlagBeforeOrAfterTheSubcommand_Counts(params string[] args) =>
        Assert.True(Read(args).OrThrow().Switch("debug"));

    [Fact]
    public void Read_SwitchTurnedOffByFlag_BeatsTheFile() =>
        Assert.False(Read(["--config", Write("debug: true"), "--debug=false"]).OrThrow().Switch("debug"));

    [Fact]
    public void Read_EmptyVariable_CountsAsNotSet() =>
        Assert.Equal(":8090", Read([], Environment(("NERVE_ADDR", ""))).OrThrow().Text("addr"));

    [Fact]
    public void Read_RepeatedListFlag_Adds() =>
        Assert.Equal(
            ["http://a", "http://b", "http://c"],
            Read(["--server", "http://a,http://b", "--server", "http://c"]).OrThrow().List("server"));

    [Fact]
    public void Read_NestedMappingSequenceAndMap_AreUnderstood()
    {
        var settings = Read(["--config", Write("""
            # a comment
            tls:
              cert: /etc/nerve/cert.pem
            server: [http://a, "http://b"]
            labels:
              rack: a1
              zone: east
            storage: ~
            """)]).OrThrow();

        Assert.Equal("/etc/nerve/cert.pem", settings.Text("tls-cert"));
        Assert.Equal(["http://a", "http://b"], settings.List("server"));
        Assert.Equal([KeyValuePair.Create("rack", "a1"), KeyValuePair.Create("zone", "east")], settings.Labels("labels"));
        Assert.Equal("sqlite", settings.Text("storage"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void Read_EmptyFile_IsFine(string yaml) => Read(["--config", Write(yaml)]).OrThrow();

    [Fact]
    public void Read_SeveralMistakes_ReportsAllOfThemWithTheirOrigin()
    {
        var file = Write("interval: soon\nadr: ':1'\nzzzzzzzz: 1\ndebug: [1]\n");

        var result = Read(["--addr", "x", "--config", file], Environment(("NERVE_STORAGE", "postgress")));

        Assert.Null(result.Settings);
        Assert.Equal(
            [
                $"{file}:2: unknown key 'adr'; did you mean 'addr'?",
                $"{file}:3: unknown key 'zzzzzzzz'; --help lists what there is",
                $"debug (from {file}:4): write true or false",
                "addr (from --addr): 'x' is not HOST:PORT; write for example :8090",
                $"interval (from {file}:1): 'soon' is not a duration; write for example 30s, 5m, 1h or 30d",
                "storage (from NERVE_STORAGE): 'postgress' is not one of sqlite, postgres, mongodb; did you mean 'postgres'?",
            ],
            result.Errors);
    }

    [Fact]
    public void Read_BadSecret_IsNotRepeatedInTheError()
    {
        var error = Assert.Single(Read([], Environment(("NERVE_STORAGE_URL", "pg://nerve:hunter2@db"))).Errors);

        Assert.StartsWith("storage-url (from NERVE_STORAGE_URL): the value is not a URL", error);
        Assert.DoesNotContain("hunter2", error);
    }

    [Fact]
    public void Read_RequiredAndMissing_SaysThreeWaysToGiveIt() =>
        Assert.Equal(
            ["server is required: give --server, NERVE_SERVER or 'server' in the configuration file"],
            Read([], table: [new("server", "Centers") { Required = true }]).Errors);

    [Fact]
    public void Read_MissingFile_NamesItAndItsOrigin() =>
        Assert.StartsWith(
            $"config (from --config): '{_folder}/none.yaml' cannot be read: ",
            Assert.Single(Read(["--config", _folder + "/none.yaml"]).Errors));

    [Fact]
    public void Read_DirectoryAsFile_IsAnError() => Assert.Single(Read(["--config", _folder]).Errors);

    [Theory]
    [InlineData("addr: ':1'\n  bad: indent\n", 2)]
    [InlineData("server: [unclosed\n", 2)]
    [InlineData("addr: \"unclosed\n", 1)]
    public void Read_MalformedYaml_NamesTheLine(string yaml, int line)
    {
        var file = Write(yaml);
        var error = Assert.Single(Read(["--config", file]).Errors);
        Assert.StartsWith($"{file}:{line}: is not valid YAML: ", error);
    }

    [Theory]
    [InlineData("- a\n- b\n", ":1: write keys and values, such as 'key: value'")]
    [InlineData("addr: ':1'\naddr: ':2'\n", ":2: 'addr' is already set in line 1")]
    [InlineData("tls-cert: a\ntls: {cert: b}\n", ":2: 'tls-cert' is already set in line 1")]
    [InlineData("a: 1\n---\nb: 2\n", ":2: has a second document; only one is read")]
    [InlineData("? [a]\n: 1\n", ":1: is not a simple key; write 'key: value'")]
    public void Read_YamlThatCannotBeMeant_IsAnError(string yaml, string expected)
    {
        var file = Write(yaml);
        Assert.Contains(file + expected, Read(["--config", file]).Errors);
    }

    /// <summary>Configuration files come from people and from templates: whatever is in them, the answer is lines of text.</summary>
    [Theory]
    [InlineData("addr: &a :1\ninterval: *a\n")]
    [InlineData("<<: *none\n")]
    [InlineData("labels: {a: {b: c}}\nserver: [[http://a]]\n")]
    [InlineData("labels: {a: 'x,y'}\n")]
    [InlineData("\t: x\n")]
    [InlineData("tls: {cert: {deeper: {and: {deeper: 1}}}}\n")]
    [InlineData("addr: {host: a}\n")]
    public void Read_OddYaml_IsAnErrorAndNotACrash(string yaml) =>
        Assert.NotEmpty(Read(["--config", Write(yaml)]).Errors);

    [Fact]
    public void Read_VariableWithATypingError_IsAWarningOnly()
    {
        var result = Read([], Environment(("NERVE_STORAGE_URI", "x"), ("NERVE_SOMETHING_ELSE", "y")));

        Assert.NotNull(result.Settings);
        Assert.Equal(
            ["environment variable NERVE_STORAGE_URI is not known and is ignored; did you mean NERVE_STORAGE_URL?"], result.Warnings);
    }

    private static SettingsResult Read(string[] args, IReadOnlyDictionary<string, string>? environment = null, Setting[]? table = null)
    {
        table ??= s_table;
        var root = new RootCommand("test");
        root.WithSettings(table).SetAction(_ => 0);
        root.Subcommands.Add(new Command("run").WithSettings(table));
        var parsed = root.Parse(args);
        Assert.Empty(parsed.Errors);
        return SettingsReader.Read(table, parsed, environment ?? Environment());
    }

    private static Dictionary<string, string> Environment(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value);

    private string Write(string yaml)
    {
        var path = Path.Combine(_folder, "config.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }
}
