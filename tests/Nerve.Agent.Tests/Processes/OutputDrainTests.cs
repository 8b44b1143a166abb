using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Processes;

/// <summary>What a program wrote last, while the disk does not take it.</summary>
public sealed class OutputDrainTests : IDisposable
{
    // Fits into the pipe, and into the pump.
    private const int Half = 60_000;

    private readonly Pipe _pipe = new();
    private readonly FileStream _program;
    private readonly ManualResetEventSlim _disk = new();
    private readonly ManualResetEventSlim _waits = new();
    private long _kept;

    public OutputDrainTests() => _program = new FileStream(_pipe.WriteEnd, FileAccess.Write, bufferSize: 0);

    public void Dispose()
    {
        _disk.Set();
        _program.Dispose();
        _pipe.Dispose();
        _disk.Dispose();
        _waits.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_DiskStallsForSeconds_KeepsWhatIsInThePipe(bool someoneHoldsThePipe)
    {
        var pump = StalledPump();
        if (!someoneHoldsThePipe)
        {
            await _program.DisposeAsync();
        }

        var drain = OutputDrain.RunAsync([pump], TimeProvider.System);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.False(drain.IsCompleted);
        _disk.Set();

        Assert.True(await drain.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Equal(2 * Half, Interlocked.Read(ref _kept));
    }

    [Fact]
    public async Task Drain_DiskNeverComesBack_EndsAndSaysSo()
    {
        var time = new FakeTimeProvider();
        var pump = StalledPump();

        var drain = OutputDrain.RunAsync([pump], time);
        for (var i = 0; i < 200 && !drain.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(await drain.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
    }

    /// <summary>Of a child in the background, which may write for ever, no more is waited for than a moment.</summary>
    [Fact]
    public async Task Drain_SomeoneGoesOnWriting_EndsWithWhatTheProgramWrote()
    {
        using var stop = new CancellationTokenSource();
        _disk.Set();
        var pump = Pump();
        var child = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Write(1000);
                    await Task.Delay(1, CancellationToken.None);
                }
            },
            CancellationToken.None);

        Assert.True(await OutputDrain.RunAsync([pump], TimeProvider.System).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        await stop.CancelAsync();
        await child;
    }

    /// <summary>Half of the output is in it, the other half in the pipe.</summary>
    private OutputPump StalledPump()
    {
        Write(Half);
        var pump = Pump();
        _waits.Wait();
        Write(Half);
        return pump;
    }

    private OutputPump Pump() => new(_pipe.ReadEnd, OutputStream.Stdout, (_, data) =>
    {
        _waits.Set();
        _disk.Wait();
        Interlocked.Add(ref _kept, data.Length);
    });

    private void Write(int bytes)
    {
        var data = new byte[bytes];
        for (var at = 0; at < bytes; at += 4096)
        {
            _program.Write(data.AsSpan(at, Math.Min(4096, bytes - at)));
        }
    }
}
