using System.Text;
using Nerve.Agent.Journal;
using Nerve.EndToEnd.Harness;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Journal;

/// <summary>The start and the end of what a run wrote, whatever the sizes.</summary>
public sealed class OutputLogTests : IDisposable
{
    private const int Limit = 10_000;
    private const int End = Limit / 2;
    private const int Start = Limit - End - 256;

    private readonly string _path = Directory.CreateTempSubdirectory("nerve-test-").FullName;
    private readonly RunFolder _folder;

    public OutputLogTests() => _folder = new RunFolder(_path, Guid.CreateVersion7());

    [Theory]
    [InlineData(1, Start + End)]
    [InlineData(100, Start)]
    [InlineData(700, Start + End - 1)]
    [InlineData(Limit, Start + End)]
    public void Log_WithinTheLimit_IsWhole(int piece, int length)
    {
        var text = Text(length);

        var truncated = Write(text, piece);

        Assert.Equal((text, false), (Read(), truncated));
        Assert.Equal(["output"], Files());
    }

    [Theory]
    [InlineData(1, Start + End + 1)]
    [InlineData(7, 5 * Limit)]
    [InlineData(700, 3 * Limit + 123)]
    [InlineData(End, 4 * Limit)]
    [InlineData(3 * Limit, 9 * Limit)]
    public void Log_BeyondTheLimit_KeepsStartAndEnd(int piece, int length)
    {
        var text = Text(length);

        var truncated = Write(text, piece);

        Assert.Equal($"{text[..Start]}\n[nerve: {length - Start - End} bytes are left out here]\n{text[^End..]}", Read());
        Assert.True(truncated);
        Assert.InRange(Read().Length, 0, Limit);
        Assert.Equal(["output"], Files());
    }

    [Fact]
    public void Log_BothStreamsBeyondTheLimit_SaysOfEachWhatIsLeftOut()
    {
        using var log = new OutputLogWriter(_folder.OutputPath, Limit, TimeProvider.System);
        log.Append(OutputStream.Stdout, Bytes(Text(Start)));
        log.Append(OutputStream.Stdout, Bytes(new string('o', 1000)));
        log.Append(OutputStream.Stderr, Bytes(new string('e', 2000)));
        log.Append(OutputStream.Stdout, Bytes(new string('x', End - 500)));
        log.Append(OutputStream.Stderr, Bytes(new string('y', 400)));
        log.Seal();

        Assert.Equal(
            $"{Text(Start)}\n[nerve: 1000 bytes are left out here]\n\n[nerve: 1900 bytes are left out here]\n{new string('e', 100)}{new string('x', End - 500)}{new string('y', 400)}",
            Read());
        Assert.Equal(Start + 1000 + 2000 + End - 500 + 400, log.TotalBytes);
    }

    [Fact]
    public void Log_ThatNotAllCameTo_IsTruncated()
    {
        using var log = new OutputLogWriter(_folder.OutputPath, Limit, TimeProvider.System);
        log.Append(OutputStream.Stdout, "begin"u8);
        log.Seal(isWhole: false);

        Assert.Equal(("begin", true), (Read(), log.Truncated));
    }

    [Fact]
    public void Recover_WriterGone_PutsTheEndThereOnce()
    {
        var text = Text(4 * Limit);
        using (var log = new OutputLogWriter(_folder.OutputPath, Limit, TimeProvider.System))
        {
            foreach (var piece in text.Chunk(300))
            {
                log.Append(OutputStream.Stdout, Bytes(new string(piece)));
            }
        }

        OutputEnd.Recover(_folder, Limit);
        var once = Read();
        OutputEnd.Recover(_folder, Limit);

        Assert.Equal($"{text[..Start]}\n[nerve: some output is left out here]\n{text[^End..]}", once);
        Assert.Equal(once, Read());
    }

    [Fact]
    public void Log_DiskFullForAWhile_KeepsWhatComesLaterAndSaysWhatIsMissing()
    {
        using var disk = new SmallDisk(_path, mebibytes: 1);
        const long Large = 1024 * 1024;
        using var log = new OutputLogWriter(_folder.OutputPath, Large, TimeProvider.System);
        log.Append(OutputStream.Stdout, Bytes(Text(1000)));
        disk.Fill();
        log.Append(OutputStream.Stdout, new byte[50_000]);
        disk.MakeRoom();
        log.Append(OutputStream.Stdout, "and on"u8);
        log.Seal();

        Assert.Equal($"{Text(1000)}\n[nerve: 50000 bytes are left out here]\nand on", Read());
        Assert.True(log.Truncated);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private bool Write(string text, int piece)
    {
        using var log = new OutputLogWriter(_folder.OutputPath, Limit, TimeProvider.System);
        for (var i = 0; i < text.Length; i += piece)
        {
            log.Append(OutputStream.Stdout, Bytes(text[i..Math.Min(i + piece, text.Length)]));
        }

        log.Seal();
        Assert.Equal(text.Length, log.TotalBytes);
        return log.Truncated;
    }

    private string Read()
    {
        using var reader = OutputLogReader.TryOpen(_folder)!;
        var text = new StringBuilder();
        while (reader.Read(text.Length) is { } piece)
        {
            text.Append(Encoding.ASCII.GetString(piece.Data));
        }

        return text.ToString();
    }

    private IEnumerable<string> Files() => Directory.GetFiles(_path).Select(file => Path.GetFileName(file));

    private static string Text(int length) => string.Concat(Enumerable.Range(0, (length / 6) + 1).Select(i => $"{i:00000} "))[..length];

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
