using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Journal;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>How often the center hears of a run that writes and writes.</summary>
public sealed class RunDeliveryTests : IDisposable
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);

    private readonly string _path = Directory.CreateTempSubdirectory("nerve-test-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly TestCenter _center = new();

    [Fact]
    public async Task Output_AHundredLinesASecond_GoesInAFewPieces()
    {
        var folder = Folder();
        using var log = new OutputLogWriter(folder.OutputPath, 1 << 20, _time);
        using var stop = new CancellationTokenSource();
        var delivery = await DeliverAsync(folder, stop.Token);

        for (var i = 0; i < 1000; i++)
        {
            log.Append(OutputStream.Stdout, "a line of output\n"u8);
            _time.Advance(s_step);
        }

        // 20 at once for those who watch the beginning, then two each second of ten.
        Assert.InRange(_center[folder.RunId].Calls.Count(call => call == "output"), 20, 20 + 20);
        Assert.InRange(_center[folder.RunId].Stdout.Length, 17 * 940, 17 * 1000);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery);
    }

    [Fact]
    public async Task Output_AfterASilence_IsSentAtOnce()
    {
        var folder = Folder();
        using var log = new OutputLogWriter(folder.OutputPath, 1 << 20, _time);
        using var stop = new CancellationTokenSource();
        var delivery = await DeliverAsync(folder, stop.Token);
        for (var i = 0; i < 300; i++)
        {
            log.Append(OutputStream.Stdout, "x"u8);
            _time.Advance(s_step);
        }

        Advance(100);
        Assert.Equal(300, _center[folder.RunId].Stdout.Length);
        log.Append(OutputStream.Stdout, "y"u8);
        Advance(6);

        Assert.EndsWith("xy", _center[folder.RunId].Stdout, StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private RunFolder Folder()
    {
        var folder = new RunFolder(_path, Guid.CreateVersion7());
        folder.WriteStarted(new StartedRecord(1, _time.GetUtcNow()));
        return folder;
    }

    // Away from the test's own context: what the delivery does in a step it then does within Advance.
    private async Task<Task> DeliverAsync(RunFolder folder, CancellationToken stop)
    {
        var running = Task.CompletedTask;
        await Task.Run(() => { running = new RunDelivery(folder, _center, new ReportRetry(_time, NullLogger.Instance), _time).RunAsync(stop); }, stop);
        return running;
    }

    private void Advance(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _time.Advance(s_step);
        }
    }
}
