using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

/// <summary>The output of runs: every byte once, in its place.</summary>
public abstract class RunOutputContract : StoreContract
{
    [Fact]
    public async Task Append_AtTheStoredLength_GrowsIt()
    {
        var run = await AddAsync();

        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1, 2, 3]), Cancel));
        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 3, []), Cancel));
        Assert.Equal(5, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 3, [4, 5]), Cancel));

        Assert.Equal(5, (await Stores.Tasks.FindRunAsync(run, Cancel))!.StoredBytes);
        Assert.Equal([1, 2, 3, 4, 5], await BytesAsync(run, 0));
    }

    [Fact]
    public async Task Append_Elsewhere_ChangesNothingAndSaysWhereItEnds()
    {
        var run = await AddAsync();
        await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1, 2, 3]), Cancel);

        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [9, 9, 9, 9]), Cancel));
        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 2, [9, 9]), Cancel));
        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(run, 4, [9]), Cancel));

        Assert.Equal([1, 2, 3], await BytesAsync(run, 0));
    }

    [Fact]
    public async Task Append_UnknownRun_AnswersNullAndStoresNothing()
    {
        var unknown = Build.Id();

        Assert.Null(await Stores.Tasks.AppendOutputAsync(Build.Output(unknown, 0, [1]), Cancel));

        Assert.Empty(await Stores.Tasks.ReadOutputAsync(unknown, 0, 100, Cancel));
    }

    [Fact]
    public async Task Append_TheSamePieceByManyAtOnce_IsThereOnce()
    {
        var run = await AddAsync();

        var lengths = await Contention.RunAsync(_ => Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1, 2]), Cancel));

        Assert.All(lengths, length => Assert.Equal(2, length));
        Assert.Equal([1, 2], await BytesAsync(run, 0));
    }

    [Fact]
    public async Task Append_EveryPieceSentByManyAtOnce_EveryByteIsThereOnce()
    {
        var run = await AddAsync();

        await Contention.RunAsync(async _ =>
        {
            for (long next = 0; next < 40;)
            {
                next = (await Stores.Tasks.AppendOutputAsync(Build.Output(run, next, [(byte)next, (byte)(next + 1)]), Cancel))!.Value;
            }
        });

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (byte)i), await BytesAsync(run, 0));
    }

    [Fact]
    public async Task Append_Cancelled_LeavesNeitherBytesNorLength()
    {
        var run = await AddAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1]), new CancellationToken(canceled: true)));

        Assert.Equal(0, (await Stores.Tasks.FindRunAsync(run, Cancel))!.StoredBytes);
        Assert.Empty(await BytesAsync(run, 0));
    }

    [Fact]
    public async Task Read_EveryField_ComesBackAsItWas()
    {
        var run = await AddAsync();
        byte[] data = [0, 0xff, 0xc3, 0x28, (byte)'\n'];
        await Stores.Tasks.AppendOutputAsync(new RunOutput(run, 0, OutputStream.Stderr, Build.Now, data), Cancel);

        var piece = Assert.Single(await Stores.Tasks.ReadOutputAsync(run, 0, 100, Cancel));

        Assert.Equal((run, 0, OutputStream.Stderr, Build.Now), (piece.RunId, piece.Offset, piece.Stream, piece.At));
        Assert.Equal(data, piece.Data);
    }

    [Theory]
    [InlineData(0, new[] { 0, 10, 20 })]
    [InlineData(9, new[] { 0, 10, 20 })]
    [InlineData(10, new[] { 10, 20 })]
    [InlineData(29, new[] { 20 })]
    [InlineData(30, new int[0])]
    [InlineData(99, new int[0])]
    public async Task Read_FromAnOffset_AnswersThePiecesThatReachBeyondIt(long from, int[] offsets)
    {
        var run = await AddAsync();
        await WriteAsync(run, pieces: 3, size: 10);

        Assert.Equal(offsets.Select(offset => (long)offset), (await Stores.Tasks.ReadOutputAsync(run, from, 1000, Cancel)).Select(piece => piece.Offset));
    }

    [Fact]
    public async Task Read_ABound_EndsWithThePieceThatReachesIt()
    {
        var run = await AddAsync();
        await WriteAsync(run, pieces: 5, size: 10);

        Assert.Equal([10, 20], (await Stores.Tasks.ReadOutputAsync(run, 10, 15, Cancel)).Select(piece => piece.Offset));
        Assert.Equal([10], (await Stores.Tasks.ReadOutputAsync(run, 10, 1, Cancel)).Select(piece => piece.Offset));
    }

    [Fact]
    public async Task Prune_OutputOfRunsThatAreLongOver_GoesWhollyAndDoesNotComeBack()
    {
        var (old, recent, running) = (await AddAsync(), await AddAsync(), await AddAsync());
        foreach (var run in new[] { old, recent, running })
        {
            await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1, 2]) with { At = Build.Now.AddDays(-40) }, Cancel);
            await Stores.Tasks.AppendOutputAsync(Build.Output(run, 2, [3]) with { At = Build.Now.AddDays(-29) }, Cancel);
        }

        await EndAsync(old, Build.Now.AddDays(-31));
        await EndAsync(recent, Build.Now.AddDays(-29));
        var steps = 0;
        while (await Stores.Tasks.PruneOutputAsync(Build.Now.AddDays(-30), 1, Cancel) > 0)
        {
            Assert.True(++steps < 100, "Pruning never comes to an end.");
        }

        Assert.Equal(3, await Stores.Tasks.AppendOutputAsync(Build.Output(old, 0, [1, 2]), Cancel));
        Assert.Empty(await BytesAsync(old, 0));
        Assert.Equal([1, 2, 3], await BytesAsync(recent, 0));
        Assert.Equal([1, 2, 3], await BytesAsync(running, 0));
        Assert.Equal(RunState.Succeeded, (await Stores.Tasks.FindRunAsync(old, Cancel))!.State);
    }

    /// <summary>What an agent says of times may be years old.</summary>
    [Fact]
    public async Task Prune_OutputOfAHostWhoseClockIsBehind_IsKeptByTheClockOfTheCenter()
    {
        var (recent, old) = (await AddAsync(), await AddAsync());
        foreach (var (run, offered) in new[] { (recent, Build.Now.AddHours(-1)), (old, Build.Now.AddDays(-31)) })
        {
            await Stores.Tasks.OfferRunsAsync([run], offered, Cancel);
            await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1, 2]) with { At = Build.Now.AddYears(-6) }, Cancel);
            await EndAsync(run, Build.Now.AddYears(-6));
        }

        while (await Stores.Tasks.PruneOutputAsync(Build.Now.AddDays(-30), 10, Cancel) > 0)
        {
        }

        Assert.Equal([1, 2], await BytesAsync(recent, 0));
        Assert.Empty(await BytesAsync(old, 0));
    }

    [Fact]
    public async Task Append_AfterItsHashWasTaken_WantsANewOne()
    {
        var run = await AddAsync();
        await Stores.Tasks.AppendOutputAsync(Build.Output(run, 0, [1]), Cancel);
        await Stores.Tasks.ChangeRunAsync(run, [RunState.Pending], old => old with { State = RunState.Lost, FinishedAt = Build.Now }, Cancel);
        await Stores.Tasks.SetOutputHashesAsync([(run, "half")], Cancel);

        await Stores.Tasks.AppendOutputsAsync([Build.Output(run, 1, [2]), Build.Output(run, 2, [3])], Cancel);

        Assert.Null((await Stores.Tasks.FindRunAsync(run, Cancel))!.OutputHash);
    }

    private Task EndAsync(Guid run, DateTimeOffset at) => Stores.Tasks.ChangeRunAsync(
        run, [RunState.Pending], old => old with { State = RunState.Succeeded, FinishedAt = at }, Cancel);

    private async Task<Guid> AddAsync()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        return run.Id;
    }

    private async Task WriteAsync(Guid run, int pieces, int size)
    {
        for (var i = 0; i < pieces; i++)
        {
            await Stores.Tasks.AppendOutputAsync(Build.Output(run, i * size, new byte[size]), Cancel);
        }
    }

    private async Task<IEnumerable<byte>> BytesAsync(Guid run, long from) =>
        (await Stores.Tasks.ReadOutputAsync(run, from, int.MaxValue, Cancel)).SelectMany(piece => piece.Data);
}
