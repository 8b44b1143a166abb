using System.Diagnostics;

namespace Nerve.Bench.Baselines;

/// <summary>Rows such as those of the samples, in transactions as large as the center's, written by an engine's quickest means and nothing else.</summary>
internal abstract class BareLoop(int agents, int values) : IAsyncDisposable
{
    private const int Batch = 512;
    private const int Rows = 40 * Batch;

    private readonly Guid[] _agents = [.. Enumerable.Range(0, agents).Select(_ => Guid.CreateVersion7())];
    private long _at = 1_700_000_000_000;

    /// <summary>As many bytes as a sample of so many values.</summary>
    protected byte[] Values { get; } = Fill(new byte[values * sizeof(double)]);

    /// <summary>As long as those of the schemas.</summary>
    protected static string Schema { get; } = new('5', 64);

    /// <returns>Rows a second.</returns>
    public async Task<double> RunAsync(CancellationToken cancellationToken)
    {
        var batches = Enumerable.Range(0, Rows).Select(i => (_agents[i % _agents.Length], _at + (i / _agents.Length))).Chunk(Batch).ToList();
        _at += Rows;
        var begun = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await WriteAsync(batch, cancellationToken);
        }

        return Rows / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>One transaction, on the disk when it returns.</summary>
    protected abstract Task WriteAsync((Guid Agent, long At)[] rows, CancellationToken cancellationToken);

    private static byte[] Fill(byte[] bytes)
    {
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
