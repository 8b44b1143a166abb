namespace Nerve.Redis.Tests;

/// <summary>A connection that comes and goes on several threads.</summary>
public sealed class ConnectionStateTests
{
    private readonly ConnectionState _state = new();
    private readonly List<bool> _told = [];

    [Fact]
    public void Notice_NothingChanged_TellsNothing()
    {
        _state.Notice(() => false, _told.Add);
        _state.Notice(() => true, _told.Add);
        _state.Notice(() => true, _told.Add);

        Assert.Equal([true], _told);
    }

    /// <summary>One thread has seen that it is gone and has not said so yet when another sees that it is back.</summary>
    [Fact]
    public async Task Notice_SeenByTwoThreads_TheLastThingToldIsTheLastThatWasSo()
    {
        using var seen = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var cancel = TestContext.Current.CancellationToken;
        _state.Notice(() => true, _told.Add);

        var slow = Task.Run(() => _state.Notice(SeesThatItIsGone, _told.Add), cancel);
        seen.Wait(Eventually.Limit, cancel);
        var quick = new Thread(() => _state.Notice(() => true, _told.Add));
        quick.Start();
        await Eventually.TrueAsync(() => (quick.ThreadState & (ThreadState.WaitSleepJoin | ThreadState.Stopped)) != 0, "it waits, or is through");
        goesOn.Set();
        await slow;
        quick.Join();

        Assert.Equal([true, false, true], _told);

        bool SeesThatItIsGone()
        {
            seen.Set();
            goesOn.Wait(Eventually.Limit, cancel);
            return false;
        }
    }
}
