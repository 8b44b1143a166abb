using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore;

/// <summary>Opens contexts, and lets writers in as the engine likes them.</summary>
public abstract class Database : IStorage, IPortableStorage
{
    /// <summary>So many contexts wait for their next use. To make one takes longer than most of what is done with it.</summary>
    protected const int ContextsKept = 16;

    public abstract string Name { get; }

    public virtual int? ComfortableAgents => null;

    public string Schema
    {
        get
        {
            using var context = Open();
            return context.Database.GetMigrations().Last();
        }
    }

    public abstract NerveDbContext Open();

    public abstract Task MigrateAsync(CancellationToken cancellationToken);

    public abstract Task<bool> IsCurrentAsync(CancellationToken cancellationToken);

    public abstract Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken);

    public abstract StoreFault? FaultOf(Exception exception);

    /// <summary>The stores that are the same on every engine; each engine adds those of the hot path.</summary>
    public virtual void AddStores(IServiceCollection services)
    {
        services.AddSingleton<IStorage>(this);
        services.AddSingleton(this);
        services.AddSingleton<IAgentStore, EfAgentStore>();
        services.AddSingleton<IAgentSettingsStore, EfAgentSettingsStore>();
        services.AddSingleton<IUserStore, EfUserStore>();
        services.AddSingleton<ITokenStore, EfTokenStore>();
        services.AddSingleton<IInventoryStore, EfInventoryStore>();
        services.AddSingleton<IRollUpStore, EfRollUpStore>();
        services.AddSingleton<ITaskStore, EfTaskStore>();
        services.AddSingleton<IAuditStore, EfAuditStore>();
    }

    public async Task<ISnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        var context = Open();
        try
        {
            await context.Database.OpenConnectionAsync(cancellationToken);
            return new EfSnapshot(context, await BeginSnapshotAsync(context, cancellationToken));
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <remarks>A fleet is mostly samples: they go the engine's quick way, which passes over those that are there already.</remarks>
    public virtual Task ImportAsync<T>(IReadOnlyList<T> records, CancellationToken cancellationToken)
        where T : class => records is IReadOnlyList<StoredSample> samples
            ? WriteAsync(
                context => AddSamplesAsync(
                    context, [.. samples.Select(sample => new SampleRow(sample.AgentId, sample.At, sample.Schema, sample.Values))], cancellationToken),
                cancellationToken)
            : EfImport.RunAsync(this, records, cancellationToken);

    public Task BeginFillingAsync(Filling filling, CancellationToken cancellationToken) => WriteAsync(
        async context =>
        {
            await context.Fillings.ExecuteDeleteAsync(cancellationToken);
            context.Fillings.Add(new FillingRow(FillingRow.TheOne, filling.Source, filling.Command, filling.Since));
            await context.SaveChangesAsync(cancellationToken);
        },
        cancellationToken);

    public Task EndFillingAsync(CancellationToken cancellationToken) =>
        WriteAsync(context => context.Fillings.ExecuteDeleteAsync(cancellationToken), cancellationToken);

    public async Task<Filling?> FindFillingAsync(CancellationToken cancellationToken) =>
        await ReadAsync(context => context.Fillings.FirstOrDefaultAsync(cancellationToken)) is { } row
            ? new Filling(row.Source, row.Command, row.Since)
            : null;

    /// <summary>Reads; never waits for a writer.</summary>
    public async Task<T> ReadAsync<T>(Func<NerveDbContext, Task<T>> read)
    {
        await using var context = Open();
        return await read(context);
    }

    /// <summary>Writes in one transaction: all or nothing, also when cancelled half-way.</summary>
    /// <exception cref="UniqueConflictException">A unique value was there already.</exception>
    public abstract Task<T> WriteAsync<T>(Func<NerveDbContext, Task<T>> write, CancellationToken cancellationToken);

    public Task WriteAsync(Func<NerveDbContext, Task> write, CancellationToken cancellationToken) =>
        WriteAsync(
            async context =>
            {
                await write(context);
                return true;
            },
            cancellationToken);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Adds samples, of each agent and moment one, within the context's transaction; those that are there already are left as they are.</summary>
    protected abstract Task AddSamplesAsync(NerveDbContext context, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken);

    /// <summary>Writes agents' statuses, one of each agent, within the context's transaction; unknown agents are passed over.</summary>
    internal abstract Task SetStatusesAsync(NerveDbContext context, IReadOnlyList<StatusChange> changes, CancellationToken cancellationToken);

    /// <summary>Adds runs within the context's transaction, thousands at a time.</summary>
    internal abstract Task AddRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken);

    /// <summary>Writes what of runs may change, within the context's transaction, which holds them.</summary>
    internal abstract Task UpdateRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken);

    /// <summary>Adds pieces of output that are new within the context's transaction, which holds their runs.</summary>
    internal abstract Task AddOutputsAsync(NerveDbContext context, IReadOnlyList<OutputRow> pieces, CancellationToken cancellationToken);

    /// <summary>Writes how much of runs' output is stored, within the context's transaction, which holds the runs.</summary>
    internal abstract Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken);

    /// <summary>Whether what was to be kept may be kept although this came instead of the answer.</summary>
    protected virtual bool IsUncertain(Exception failedCommit) => false;

    /// <summary>A transaction that only reads, and sees one moment.</summary>
    protected abstract Task<IDbContextTransaction> BeginSnapshotAsync(NerveDbContext context, CancellationToken cancellationToken);

    protected async Task<T> InTransactionAsync<T>(Func<NerveDbContext, Task<T>> write, CancellationToken cancellationToken)
    {
        await using var context = Open();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        try
        {
            var result = await write(context);
            await CommitAsync(transaction, cancellationToken);
            WriteTrail.Wrote();
            return result;
        }
        catch (Exception exception) when (context.IsUniqueConflict(exception))
        {
            throw new UniqueConflictException(
                exception is DbUpdateException { Entries: [var entry, ..] } ? entry.Metadata.GetTableName() ?? "entry" : "entry", exception);
        }
    }

    private async Task CommitAsync(IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (IsUncertain(exception))
        {
            throw new UncertainCommitException(exception);
        }
    }
}
