using System.Text;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks.Outputs;

/// <summary>Folds the outputs of a task: thousands of hosts said the same, a few did not.</summary>
/// <remarks>What a run wrote is read once, when somebody wants to know and the run is over; its hash is kept.</remarks>
public sealed class OutputGroups(ITaskStore store)
{
    private const int MostGroups = 100;
    private const int FirstHosts = 10;
    private const int SampleBytes = 4096;
    private const int PageBytes = 1024 * 1024;
    private const int RunsAtOnce = 500;
    private const int Readers = 8;

    /// <exception cref="ProblemException">There is no such task.</exception>
    public async Task<FoldedOutputs> FoldAsync(Guid taskId, CancellationToken cancellationToken)
    {
        _ = await store.FindAsync(taskId, cancellationToken) ?? throw Problems.NotFound("task.unknown", $"There is no task {taskId}.");
        await HashAsync(taskId, cancellationToken);
        var counts = (await store.CountRunsAsync([taskId], cancellationToken)).GetValueOrDefault(taskId) ?? new RunCounts();
        var groups = await store.CountOutputsAsync(taskId, cancellationToken);
        var shown = new List<OutputGroup>();
        foreach (var group in groups.Take(MostGroups))
        {
            shown.Add(await ShowAsync(taskId, group, cancellationToken));
        }

        return new FoldedOutputs(shown, groups.Count, counts.Waiting + counts.Pending + counts.Running);
    }

    private async Task HashAsync(Guid taskId, CancellationToken cancellationToken)
    {
        while (await store.UnhashedRunsAsync(taskId, RunsAtOnce, cancellationToken) is { Count: > 0 } runs)
        {
            var hashes = new (Guid, string)[runs.Count];
            await Parallel.ForAsync(
                0, runs.Count, new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellationToken },
                async (i, cancel) => hashes[i] = (runs[i].Id, await HashAsync(runs[i], cancel)));
            await store.SetOutputHashesAsync(hashes, cancellationToken);
        }
    }

    private async Task<string> HashAsync(Run run, CancellationToken cancellationToken)
    {
        using var hash = new OutputHash();
        for (var offset = 0L; offset < run.StoredBytes;)
        {
            var pieces = await store.ReadOutputAsync(run.Id, offset, PageBytes, cancellationToken);
            if (pieces.Count == 0)
            {
                return OutputHash.Expired;
            }

            foreach (var piece in pieces)
            {
                hash.Add(piece);
                offset = piece.Offset + piece.Data.Length;
            }
        }

        return hash.Finish();
    }

    private async Task<OutputGroup> ShowAsync(Guid taskId, OutputCount group, CancellationToken cancellationToken)
    {
        var (first, _) = await store.ListRunsAsync(taskId, new RunFilter(group.State, group.Hash, group.ExitCode), null, FirstHosts, cancellationToken);
        var sample = first.Count == 0 || group.Hash == OutputHash.OfNothing ? [] : await store.ReadOutputAsync(first[0].Id, 0, SampleBytes, cancellationToken);
        byte[] bytes = [.. sample.SelectMany(piece => piece.Data).Take(SampleBytes)];
        return new OutputGroup(
            group.State, group.ExitCode, group.Hash, group.Count, [.. first.Select(run => new GroupedHost(run.AgentId, run.Hostname))],
            Encoding.UTF8.GetString(bytes), first is [var one, ..] ? one.StoredBytes : 0, first is [{ } run0, ..] && run0.StoredBytes > bytes.Length);
    }
}

/// <summary>The outputs of a task.</summary>
/// <param name="Groups">The 100 largest.</param>
/// <param name="GroupCount">How many there are.</param>
/// <param name="Unfinished">Hosts whose run is not over: they are in no group yet.</param>
public sealed record FoldedOutputs(IReadOnlyList<OutputGroup> Groups, int GroupCount, int Unfinished);

/// <summary>Hosts whose run ended alike with the same output. <c>GET /tasks/{id}/runs?state=…&amp;exitCode=…&amp;output=HASH</c> lists all of them.</summary>
/// <param name="State">How they ended.</param>
/// <param name="ExitCode">With which exit code, if any.</param>
/// <param name="Output">The hash of what they wrote; <c>expired</c> when that is no longer kept.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Hosts">The first 10.</param>
/// <param name="Sample">The beginning of what the first of them wrote, both streams as they came.</param>
/// <param name="OutputBytes">How much it wrote.</param>
/// <param name="SampleTruncated">Whether there is more than the sample.</param>
public sealed record OutputGroup(
    RunState State, int? ExitCode, string Output, int Count, IReadOnlyList<GroupedHost> Hosts, string Sample, long OutputBytes, bool SampleTruncated);

/// <summary>A host of an <see cref="OutputGroup"/>.</summary>
public sealed record GroupedHost(Guid AgentId, string Hostname);
