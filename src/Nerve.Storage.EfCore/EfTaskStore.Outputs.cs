using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;

namespace Nerve.Storage.EfCore;

/// <content>What runs write.</content>
internal sealed partial class EfTaskStore
{
    public Task<IReadOnlyList<long?>> AppendOutputsAsync(IReadOnlyList<RunOutput> outputs, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<long?>>(
            async context =>
            {
                Guid[] ids = [.. outputs.Select(output => output.RunId).Distinct()];
                var lengths = await context.RunsForUpdate(ids).Select(run => new { run.Id, run.StoredBytes })
                    .ToDictionaryAsync(run => run.Id, run => run.StoredBytes, cancellationToken);
                var answers = new List<long?>(outputs.Count);
                var pieces = new List<OutputRow>();
                foreach (var output in outputs)
                {
                    if (lengths.TryGetValue(output.RunId, out var length) && length == output.Offset && output.Data.Length > 0)
                    {
                        pieces.Add(new OutputRow(output.RunId, output.Offset, output.Stream, output.At, output.Data));
                        lengths[output.RunId] = length + output.Data.Length;
                    }

                    answers.Add(lengths.TryGetValue(output.RunId, out length) ? length : null);
                }

                if (pieces.Count > 0)
                {
                    await database.AddOutputsAsync(context, pieces, cancellationToken);
                    await database.SetStoredAsync(context, [.. pieces.Select(piece => piece.RunId).Distinct().Select(run => (run, lengths[run]))], cancellationToken);
                }

                return answers;
            },
            cancellationToken);

    public async Task<IReadOnlyList<RunOutput>> ReadOutputAsync(
        Guid runId, long fromOffset, int maxBytes, CancellationToken cancellationToken)
    {
        await using var context = database.Open();
        var first = await context.Outputs.Where(piece => piece.RunId == runId && piece.Offset <= fromOffset)
            .OrderByDescending(piece => piece.Offset).Select(piece => (long?)piece.Offset).FirstOrDefaultAsync(cancellationToken) ?? 0;
        var pieces = new List<RunOutput>();
        var bytes = 0;
        // What is not taken of an answer travels all the same.
        var end = fromOffset + maxBytes;
        await foreach (var row in context.Outputs.Where(piece => piece.RunId == runId && piece.Offset >= first && piece.Offset < end)
            .OrderBy(piece => piece.Offset).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (row.Offset + row.Data.Length <= fromOffset)
            {
                continue;
            }

            pieces.Add(new RunOutput(row.RunId, row.Offset, row.Stream, row.At, row.Data));
            bytes += row.Data.Length;
            if (bytes >= maxBytes)
            {
                break;
            }
        }

        return pieces;
    }

    /// <remarks>By the agent's clock, and by the center's where it offered the run: the agent's may be years behind.</remarks>
    public Task<int> PruneOutputAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var runs = await context.Outputs.Where(piece => piece.At < before)
                    .Join(context.Runs.Where(run => run.FinishedAt < before && (run.OfferedAt == null || run.OfferedAt < before)), piece => piece.RunId, run => run.Id, (piece, run) => run.Id)
                    .Distinct().Take(limit).ToListAsync(cancellationToken);
                return runs.Count > 0 && await context.Outputs.Where(piece => runs.Contains(piece.RunId)).ExecuteDeleteAsync(cancellationToken) > 0
                    ? runs.Count
                    : 0;
            },
            cancellationToken);
}
