using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.EfCore;

/// <summary>The one model of all relational stores. What differs between them is in the thin contexts.</summary>
/// <remarks>Times are Unix milliseconds, so that every engine orders them; documents that are never searched are JSON text.</remarks>
public abstract class NerveDbContext(DbContextOptions options) : DbContext(options)
{
    /// <summary>The column of <see cref="NerveTask.SearchText"/>.</summary>
    public const string TaskWords = "Words";

    public DbSet<Agent> Agents => Set<Agent>();
    public DbSet<FleetSettings> FleetSettings => Set<FleetSettings>();
    public DbSet<User> Users => Set<User>();
    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();
    public DbSet<EnrolToken> EnrolTokens => Set<EnrolToken>();
    public DbSet<InventorySnapshot> Inventories => Set<InventorySnapshot>();
    public DbSet<SchemaRow> Schemas => Set<SchemaRow>();
    public DbSet<SampleRow> Samples => Set<SampleRow>();
    public DbSet<RollUp> RollUps => Set<RollUp>();
    public DbSet<StaleHour> StaleHours => Set<StaleHour>();
    public DbSet<NerveTask> Tasks => Set<NerveTask>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();
    public DbSet<OutputRow> Outputs => Set<OutputRow>();
    public DbSet<FillingRow> Fillings => Set<FillingRow>();

    /// <summary>SQL that answers the name of the table of schema changes, or null while there is none. The framework's own question is answered
    /// with yes on PostgreSQL, whatever there is.</summary>
    public abstract string HistoryTable { get; }

    /// <summary>Whether a failed save or statement means that a unique value was there already.</summary>
    public abstract bool IsUniqueConflict(Exception exception);

    /// <summary>The row, and nobody else changes it before this transaction ends. Where there is one writer at a time, it already is so.</summary>
    public virtual IQueryable<Agent> AgentForUpdate(Guid id) => Agents.Where(agent => agent.Id == id);

    /// <inheritdoc cref="AgentForUpdate"/>
    /// <remarks>Taken in the order of their ids: of two that take several, none waits in a circle.</remarks>
    public virtual IQueryable<Run> RunsForUpdate(Guid[] ids) => Runs.Where(run => ids.Contains(run.Id));

    /// <inheritdoc cref="AgentForUpdate"/>
    /// <remarks>Taken after the locks of its runs, never before: in one order nobody waits in a circle.</remarks>
    public virtual IQueryable<NerveTask> TaskForUpdate(Guid id) => Tasks.Where(task => task.Id == id);

    /// <summary>Nobody else appends to the audit record before this transaction ends. Where there is one writer at a time, it already is so.</summary>
    public virtual Task LockAuditAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Tasks whose search text has <paramref name="text"/> in it, whatever the case of its ASCII letters.</summary>
    public abstract Expression<Func<NerveTask, bool>> TextIsIn(string text);

    /// <summary>A LIKE pattern for a text anywhere; its own wildcards mean themselves, with <c>\</c> as the escape character.</summary>
    protected static string LikePattern(string text) =>
        $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<MillisecondsConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        MapAgents(modelBuilder.Entity<Agent>());
        modelBuilder.Entity<FleetSettings>().ToTable("fleet_settings").HasKey(settings => settings.Id);
        modelBuilder.Entity<FleetSettings>().Property(settings => settings.Id).ValueGeneratedNever();
        MapIdentity(modelBuilder);
        MapSamples(modelBuilder);
        MapTasks(modelBuilder);
        MapAudit(modelBuilder.Entity<AuditEntry>());
        modelBuilder.Entity<FillingRow>().ToTable("fillings").HasKey(filling => filling.Id);
        modelBuilder.Entity<FillingRow>().Property(filling => filling.Id).ValueGeneratedNever();
    }

    private static void MapAgents(EntityTypeBuilder<Agent> agent)
    {
        agent.ToTable("agents").HasKey(a => a.Id);
        agent.Property(a => a.Id).ValueGeneratedNever();
        agent.HasIndex(a => a.CredentialHash).IsUnique();
        agent.HasIndex(a => a.Fingerprint);
        agent.Property(a => a.ReportedLabels).HasConversion(Json<IReadOnlyDictionary<string, string>>());
        agent.Property(a => a.AssignedLabels).HasConversion(Json<IReadOnlyDictionary<string, string>>());
        agent.Property(a => a.Facts).HasConversion(Json<MachineFacts>());
        agent.Ignore(a => a.Labels).Ignore(a => a.Cluster);
    }

    private static void MapIdentity(ModelBuilder model)
    {
        var user = model.Entity<User>();
        user.ToTable("users").HasKey(u => u.Id);
        user.Property(u => u.Id).ValueGeneratedNever();
        user.HasIndex(u => u.Username).IsUnique();

        var token = model.Entity<ApiToken>();
        token.ToTable("api_tokens").HasKey(t => t.Id);
        token.Property(t => t.Id).ValueGeneratedNever();
        token.HasIndex(t => t.SecretHash).IsUnique();

        var enrol = model.Entity<EnrolToken>();
        enrol.ToTable("enrol_tokens").HasKey(t => t.Id);
        enrol.Property(t => t.Id).ValueGeneratedNever();
        enrol.HasIndex(t => t.SecretHash).IsUnique();
    }

    private static void MapSamples(ModelBuilder model)
    {
        var inventory = model.Entity<InventorySnapshot>();
        inventory.ToTable("inventories").HasKey(i => new { i.AgentId, i.CollectedAt });
        inventory.HasIndex(i => i.CollectedAt);

        var schema = model.Entity<SchemaRow>();
        schema.ToTable("metric_schemas").HasKey(s => s.Id);
        schema.Property(s => s.Series).HasConversion(Json<IReadOnlyList<string>>());

        model.Entity<SampleRow>().ToTable("samples").HasKey(s => new { s.AgentId, s.At });

        var rollUp = model.Entity<RollUp>();
        rollUp.ToTable("metric_rollups").HasKey(r => new { r.AgentId, r.Level, r.Hour });
        rollUp.HasIndex(r => new { r.Level, r.Hour });

        var stale = model.Entity<StaleHour>();
        stale.ToTable("stale_hours").HasKey(s => new { s.AgentId, s.Hour });
        stale.HasIndex(s => s.Hour);
    }

    private static void MapTasks(ModelBuilder model)
    {
        var task = model.Entity<NerveTask>();
        task.ToTable("tasks").HasKey(t => t.Id);
        task.Property(t => t.Id).ValueGeneratedNever();
        task.Property(t => t.Spec).HasConversion(Json<TaskSpec>());
        task.Property(t => t.Target).HasConversion(Json<TaskTarget>());
        task.Property(t => t.Rollout).HasConversion(Json<Rollout?>());
        task.Ignore(t => t.IsOver).Ignore(t => t.SearchText).Property<string>(TaskWords).IsRequired();
        task.HasIndex(t => new { t.CreatedBy, t.IdempotencyKey }).IsUnique();
        task.HasIndex(t => new { t.State, t.Id });

        var run = model.Entity<Run>();
        run.ToTable("runs").HasKey(r => r.Id);
        run.Property(r => r.Id).ValueGeneratedNever();
        run.HasIndex(r => new { r.TaskId, r.AgentId, r.Attempt }).IsUnique();
        run.Property(r => r.Attempt).HasDefaultValue(1);
        run.HasIndex(r => new { r.AgentId, r.Id });
        run.HasIndex(r => new { r.State, r.Id });
        run.HasIndex(r => new { r.TaskId, r.State });
        run.Ignore(r => r.IsOver);
        run.HasOne<NerveTask>().WithMany().HasForeignKey(r => r.TaskId).OnDelete(DeleteBehavior.Cascade);

        var output = model.Entity<OutputRow>();
        output.ToTable("run_outputs").HasKey(o => new { o.RunId, o.Offset });
        output.HasIndex(o => o.At);
        output.HasOne<Run>().WithMany().HasForeignKey(o => o.RunId).OnDelete(DeleteBehavior.Cascade);
    }

    private static void MapAudit(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit").HasKey(e => e.Number);
        entry.Property(e => e.Number).ValueGeneratedNever();
        entry.HasIndex(e => new { e.Actor, e.Number });
        entry.HasIndex(e => new { e.Action, e.Number });
        entry.HasIndex(e => new { e.Target, e.Number });
    }

    private static ValueConverter<T, string> Json<T>() => new(
        value => JsonSerializer.Serialize(value, JsonSerializerOptions.Web),
        text => JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!);

    /// <remarks>Not private, for the compiled models name it.</remarks>
    internal sealed class MillisecondsConverter()
        : ValueConverter<DateTimeOffset, long>(time => time.ToUnixTimeMilliseconds(), value => DateTimeOffset.FromUnixTimeMilliseconds(value));
}

/// <summary>The names of a sample's values.</summary>
public sealed record SchemaRow(string Id, IReadOnlyList<string> Series);

/// <summary>One moment of one agent.</summary>
/// <param name="Values"><see cref="PackedValues"/>.</param>
public sealed record SampleRow(Guid AgentId, DateTimeOffset At, string SchemaId, byte[] Values);

/// <summary>A piece of a run's output.</summary>
public sealed record OutputRow(Guid RunId, long Offset, OutputStream Stream, DateTimeOffset At, byte[] Data);

/// <summary>The note of a copy or restore that is not at its end.</summary>
/// <param name="Id">Always <see cref="TheOne"/>.</param>
public sealed record FillingRow(int Id, string Source, string Command, DateTimeOffset Since)
{
    public const int TheOne = 1;
}
