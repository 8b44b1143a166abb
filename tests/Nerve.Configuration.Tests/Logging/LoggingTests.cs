using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nerve.Configuration.Logging;

namespace Nerve.Configuration.Tests.Logging;

public class LoggingTests
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 31, 8, 0, 0, 5, TimeSpan.Zero);

    [Fact]
    public void TextLine_LineBreaksAndTerminalCommands_StayInOneHarmlessLine()
    {
        var line = Text(TextLine.Format(Event("disk\nfull \e[2J", new InvalidOperationException("first\nsecond"))));

        Assert.StartsWith("2026-01-31T08:00:00.005Z \e[33mwarn\e[0m: Nerve.Agent.Test disk full  [2J ", line);
        Assert.Contains("System.InvalidOperationException: first second", line);
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
    }

    [Fact]
    public void JsonLine_ValuesOfAMessage_KeepTheirTypesUnderState()
    {
        KeyValuePair<string, object?>[] values =
        [
            new("Count", 3), new("Bytes", 5L << 40), new("Share", 0.5), new("On", true), new("None", null), new("Id", Guid.Empty),
            new("{OriginalFormat}", "{Count} …"),
        ];
        using var line = JsonDocument.Parse(JsonLine.Format(Event("磁盘已满 \"x\"\n", new IOException("gone"), values)));
        var root = line.RootElement;

        Assert.Equal("2026-01-31T08:00:00.005Z", root.GetProperty("Timestamp").GetString());
        Assert.Equal("Warning", root.GetProperty("LogLevel").GetString());
        Assert.Equal(7, root.GetProperty("EventId").GetInt32());
        Assert.Equal("Nerve.Agent.Test", root.GetProperty("Category").GetString());
        Assert.Equal("磁盘已满 \"x\"\n", root.GetProperty("Message").GetString());
        Assert.StartsWith("System.IO.IOException: gone", root.GetProperty("Exception").GetString());
        Assert.Equal(
            """{"Count":3,"Bytes":5497558138880,"Share":0.5,"On":true,"None":null,"Id":"00000000-0000-0000-0000-000000000000","{OriginalFormat}":"{Count} …"}""",
            root.GetProperty("State").GetRawText());
    }

    [Fact]
    public void JsonLine_OtherScripts_AreReadableAndOnOneLine()
    {
        var line = Text(JsonLine.Format(Event("磁盘\n已满")));

        Assert.Contains("磁盘\\n已满", line);
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
    }

    [Fact]
    public void LineWriter_Disposed_HasWrittenEveryLine()
    {
        using var output = new MemoryStream();
        using (var lines = new LineWriter(output))
        {
            for (var i = 0; i < 1000; i++)
            {
                lines.Add(Encoding.UTF8.GetBytes($"{i}\n"));
            }
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), Text(output.ToArray()).TrimEnd().Split('\n'));
    }

    [Fact]
    public void LineWriter_NobodyReads_DropsAndSaysHowMany()
    {
        using var output = new StuckStream();
        using (var lines = new LineWriter(output))
        {
            lines.Add("first\n"u8.ToArray());
            output.Entered.Wait(TestContext.Current.CancellationToken);
            for (var i = 0; i < 2048 + 3; i++)
            {
                lines.Add("more\n"u8.ToArray());
            }

            output.Released.Set();
        }

        var written = Text(output.ToArray()).TrimEnd().Split('\n');
        Assert.Equal(1 + 2048 + 1, written.Length);
        Assert.StartsWith("3 log lines were left out", written[^1]);
    }

    [Fact]
    public void LineLogger_BelowTheLevel_WritesNothing()
    {
        using var output = new MemoryStream();
        var provider = new LineLoggerProvider(TextLine.Format, new LineWriter(output), TimeProvider.System);
        using (var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(provider)))
        {
            var log = logs.CreateLogger("Some.Part");
            log.LogInformation("not this");
            log.LogError("but {What}", "this");
        }

        provider.Dispose();
        Assert.EndsWith("Some.Part but this\n", Text(output.ToArray()));
        Assert.DoesNotContain("not this", Text(output.ToArray()));
    }

    private static LogEvent Event(string message, Exception? exception = null, object? state = null) =>
        new(s_at, LogLevel.Warning, "Nerve.Agent.Test", new EventId(7), message, exception, state);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Takes nothing until it is let go.</summary>
    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Released { get; } = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Entered.Set();
            Released.Wait();
            base.Write(buffer);
        }
    }
}
