using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;

namespace Nerve.Storage.EfCore;

/// <summary>All of a database within one reading transaction.</summary>
internal sealed class EfSnapshot(NerveDbContext context, IDbContextTransaction transaction) : ISnapshot
{
    public IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken)
        where T : class =>
        typeof(T) == typeof(StoredSample) ? As<T>(context.Samples.Where(row => context.Agents.Any(agent => agent.Id == row.AgentId)).Select(row => new StoredSample(row.AgentId, row.At, row.SchemaId, row.Values)))
        : typeof(T) == typeof(InventorySnapshot) ? As<T>(context.Inventories.Where(row => context.Agents.Any(agent => agent.Id == row.AgentId)))
        : typeof(T) == typeof(StaleHour) ? As<T>(context.StaleHours.Where(row => context.Agents.Any(agent => agent.Id == row.AgentId)))
        : typeof(T) == typeof(RollUp) ? As<T>(context.RollUps.Where(row => context.Agents.Any(agent => agent.Id == row.AgentId)))
        : typeof(T) == typeof(MetricSchema) ? As<T>(context.Schemas.Select(row => new MetricSchema(row.Id, row.Series)))
        : typeof(T) == typeof(RunOutput) ? As<T>(context.Outputs.Select(row => new RunOutput(row.RunId, row.Offset, row.Stream, row.At, row.Data)))
        : context.Set<T>().AsAsyncEnumerable();

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await context.DisposeAsync();
    }

    private static IAsyncEnumerable<T> As<T>(IQueryable<object> query) => (IAsyncEnumerable<T>)query.AsAsyncEnumerable();
}
