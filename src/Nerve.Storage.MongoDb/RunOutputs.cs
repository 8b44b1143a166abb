using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>The pieces of runs' output. A run's stored length moves on only after the piece is there.</summary>
/// <remarks>At each offset there is one piece: who comes second finds it, whoever wrote it, and moves the length beyond it. So a writer that died in
/// between leaves nothing that the next one would not complete.</remarks>
internal sealed class RunOutputs(Collections collections)
{
    private const int RunsAtOnce = 500;

    private static readonly FilterDefinitionBuilder<OutputDocument> s_piece = Builders<OutputDocument>.Filter;

    private readonly IMongoCollection<OutputDocument> _pieces = collections.Outputs;
    private readonly IMongoCollection<Run> _runs = collections.Runs;

    /// <returns>Of how many runs.</returns>
    public async Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var old = await (await _pieces.DistinctAsync(piece => piece.RunId, piece => piece.At < before, cancellationToken: cancellationToken))
            .ToListAsync(cancellationToken);
        var removed = 0;
        foreach (var some in old.Chunk(RunsAtOnce))
        {
            var over = await _runs.Find(Builders<Run>.Filter.In(run => run.Id, some) & Over(before))
                .Project(run => run.Id).ToListAsync(cancellationToken);
            await _pieces.DeleteManyAsync(s_piece.In(piece => piece.RunId, over), cancellationToken);
            removed += over.Count;
            if (removed >= limit)
            {
                break;
            }
        }

        return removed;
    }

    /// <summary>By the agent's clock, and by the center's where it offered the run: the agent's may be years behind.</summary>
    private static FilterDefinition<Run> Over(DateTimeOffset before)
    {
        var run = Builders<Run>.Filter;
        return run.Lt(over => over.FinishedAt, before) & (run.Eq(over => over.OfferedAt, null) | run.Lt(over => over.OfferedAt, before));
    }

    /// <summary>Many pieces in two writes; one by one where something is there already.</summary>
    /// <returns>For each the stored length of its run after it.</returns>
    public async Task<IReadOnlyList<long?>> AppendAsync(IReadOnlyList<RunOutput> outputs, CancellationToken cancellationToken)
    {
        var before = await LengthsAsync(outputs.Select(output => output.RunId), cancellationToken);
        var lengths = new Dictionary<Guid, long>(before);
        var (answers, fitting) = (new List<long?>(outputs.Count), new List<RunOutput>());
        foreach (var output in outputs)
        {
            if (lengths.TryGetValue(output.RunId, out var length) && length == output.Offset && output.Data.Length > 0)
            {
                fitting.Add(output);
                lengths[output.RunId] = length + output.Data.Length;
            }

            answers.Add(lengths.TryGetValue(output.RunId, out length) ? length : null);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return fitting.Count == 0 || (fitting.Count > 1 && await AppendAllAsync(fitting, before, lengths)) ? answers : await OneByOneAsync(outputs, cancellationToken);
    }

    /// <returns>False: somebody else wrote to one of these runs, too.</returns>
    private async Task<bool> AppendAllAsync(IReadOnlyList<RunOutput> outputs, Dictionary<Guid, long> before, Dictionary<Guid, long> after)
    {
        try
        {
            await _pieces.InsertManyAsync(outputs.Select(Document), new InsertManyOptions { IsOrdered = false });
        }
        catch (MongoBulkWriteException exception) when (Failures.IsDuplicate(exception))
        {
            return false;
        }

        var runs = outputs.Select(output => output.RunId).Distinct().ToList();
        var grown = await _runs.BulkWriteAsync(runs.Select(run => new UpdateOneModel<Run>(
            Builders<Run>.Filter.Eq(stored => stored.Id, run) & Builders<Run>.Filter.Eq(stored => stored.StoredBytes, before[run]),
            Grown(after[run]))));
        return grown.MatchedCount == runs.Count;
    }

    private async Task<IReadOnlyList<long?>> OneByOneAsync(IReadOnlyList<RunOutput> outputs, CancellationToken cancellationToken)
    {
        var answers = new List<long?>(outputs.Count);
        foreach (var output in outputs)
        {
            answers.Add(await AppendAsync(output, cancellationToken));
        }

        return answers;
    }

    private async Task<Dictionary<Guid, long>> LengthsAsync(IEnumerable<Guid> runs, CancellationToken cancellationToken) =>
        (await _runs.Find(Builders<Run>.Filter.In(run => run.Id, runs.Distinct())).Project(run => new { run.Id, run.StoredBytes }).ToListAsync(cancellationToken))
        .ToDictionary(run => run.Id, run => run.StoredBytes);

    private async Task<long?> AppendAsync(RunOutput output, CancellationToken cancellationToken)
    {
        var length = await LengthAsync(output.RunId, cancellationToken);
        if (length != output.Offset || output.Data.Length == 0)
        {
            return length;
        }

        var end = await InsertAsync(output, cancellationToken);
        var grown = await _runs.UpdateOneAsync(
            run => run.Id == output.RunId && run.StoredBytes == output.Offset,
            Grown(end),
            cancellationToken: CancellationToken.None);
        if (grown.MatchedCount > 0)
        {
            return end;
        }

        length = await LengthAsync(output.RunId, CancellationToken.None);
        if (length is null)
        {
            await _pieces.DeleteManyAsync(piece => piece.RunId == output.RunId, CancellationToken.None);
        }

        return length;
    }

    public async Task<IReadOnlyList<RunOutput>> ReadAsync(Guid runId, long fromOffset, int maxBytes, CancellationToken cancellationToken)
    {
        var ofRun = s_piece.Eq(piece => piece.RunId, runId);
        var first = await _pieces.Find(ofRun & s_piece.Lte(piece => piece.Offset, fromOffset))
            .SortByDescending(piece => piece.Offset).Project(piece => piece.Offset).FirstOrDefaultAsync(cancellationToken);
        var pieces = new List<RunOutput>();
        var bytes = 0;
        using var cursor = await _pieces.Find(ofRun & s_piece.Gte(piece => piece.Offset, first) & s_piece.Lt(piece => piece.Offset, fromOffset + maxBytes)) // the rest would travel all the same
            .SortBy(piece => piece.Offset).ToCursorAsync(cancellationToken);
        while (bytes < maxBytes && await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var piece in cursor.Current.Where(piece => piece.Offset + piece.Data.Length > fromOffset).TakeWhile(_ => bytes < maxBytes))
            {
                pieces.Add(new RunOutput(piece.RunId, piece.Offset, piece.Stream, piece.At, piece.Data));
                bytes += piece.Data.Length;
            }
        }

        return pieces;
    }

    /// <returns>Where the piece ends that is there now.</returns>
    private async Task<long> InsertAsync(RunOutput output, CancellationToken cancellationToken)
    {
        try
        {
            await _pieces.InsertOneAsync(Document(output), cancellationToken: cancellationToken);
            return output.Offset + output.Data.Length;
        }
        catch (MongoWriteException exception) when (Failures.IsDuplicate(exception))
        {
            var there = await _pieces.Find(piece => piece.RunId == output.RunId && piece.Offset == output.Offset).FirstAsync(cancellationToken);
            return there.Offset + there.Data.Length;
        }
    }

    private static UpdateDefinition<Run> Grown(long bytes) =>
        Builders<Run>.Update.Set(run => run.StoredBytes, bytes).Unset(run => run.OutputHash).CountUp();

    private static OutputDocument Document(RunOutput output) =>
        new(ObjectId.GenerateNewId(), output.RunId, output.Offset, output.Stream, output.At, output.Data);

    private async Task<long?> LengthAsync(Guid runId, CancellationToken cancellationToken) =>
        await _runs.Find(run => run.Id == runId).Project(run => new { run.StoredBytes }).FirstOrDefaultAsync(cancellationToken) is { } run
            ? run.StoredBytes
            : null;
}
