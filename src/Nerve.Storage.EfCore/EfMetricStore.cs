using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore;

internal abstract class EfMetricStore(Database database) : IMetricStore
{
    public async Task AddSchemaAsync(MetricSchema schema, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(
                context =>
                {
                    context.Schemas.Add(new SchemaRow(schema.Id, schema.Series));
                    return context.SaveChangesAsync(cancellationToken);
                },
                cancellationToken);
        }
        catch (UniqueConflictException)
        {
            // Equal machines send equal schemas.
        }
    }

    public async Task<MetricSchema?> FindSchemaAsync(string id, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Schemas.FirstOrDefaultAsync(schema => schema.Id == id, cancellationToken)) is { } row
            ? new MetricSchema(row.Id, row.Series)
            : null;

    public async Task<IReadOnlyList<MetricSample>> ReadAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(context => context.Samples
            .Where(sample => sample.AgentId == agentId && sample.At >= from && sample.At < to)
            .OrderBy(sample => sample.At)
            .Take(limit)
            .ToListAsync(cancellationToken));
        return rows.ConvertAll(Sample);
    }

    public async Task<MetricSample?> LatestAsync(Guid agentId, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Samples
            .Where(sample => sample.AgentId == agentId)
            .OrderByDescending(sample => sample.At)
            .FirstOrDefaultAsync(cancellationToken)) is { } row ? Sample(row) : null;

    /// <summary>Old samples go as the engine lets them go: row by row, or a day at once.</summary>
    public abstract Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);

    private static MetricSample Sample(SampleRow row) => new(row.At, row.SchemaId, PackedValues.Unpack(row.Values));
}
