using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

public class FileMemoryTests
{
    private const int Most = 20_000;

    private readonly FileMemory _memory = new();

    /// <summary>A host that starts thousands of containers a day has seen more interfaces than are remembered.</summary>
    [Fact]
    public void Run_DevicesThatCameLater_AreRememberedWhenOthersAreGone()
    {
        using var tree = new TemporaryTree();
        var runner = new PatientRunner(tree.Root, TimeSpan.FromSeconds(20), _memory);
        tree.Write("/sys/stays", "1");
        var gone = Enumerable.Range(0, Most).Select(i => $"/sys/gone{i}").ToList();
        runner.Run(files =>
        {
            files.ReadBytes("/sys/stays");
            gone.ForEach(path => _memory.Keep(path, [1]));
            return files;
        });
        Assert.NotNull(_memory.File(gone[0]));
        tree.Write("/sys/new", "2");

        runner.Run(files => files.ReadText("/sys/stays")!);
        runner.Run(files => files.ReadText("/sys/stays") + files.ReadText("/sys/new") + files.List("/sys").Count);

        Assert.NotNull(_memory.File("/sys/stays"));
        Assert.NotNull(_memory.File("/sys/new"));
        Assert.Null(_memory.File(gone[0]));
        Assert.NotNull(_memory.Answer<string[]>("names in /sys"));
    }

    [Fact]
    public void End_FilesThatHang_AreStillRemembered()
    {
        _memory.Keep("/sys/hangs", [1]);
        _memory.Keep("names in /sys", "hangs");

        for (var look = 0; look < 3; look++)
        {
            _memory.Begin();
            Assert.NotNull(_memory.File("/sys/hangs"));
            Assert.NotNull(_memory.Answer<string>("names in /sys"));
            _memory.End();
        }
    }

    [Fact]
    public void Run_LookThatFails_ForgetsNothing()
    {
        using var tree = new TemporaryTree();
        var runner = new PatientRunner(tree.Root, TimeSpan.FromSeconds(20), _memory);
        _memory.Keep("/sys/known", [1]);

        Assert.Throws<InvalidOperationException>(() => runner.Run<string>(_ => throw new InvalidOperationException("a section fails")));

        Assert.NotNull(_memory.File("/sys/known"));
    }
}
