using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Nerve.Server.Agents;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>PostgreSQL's dialect. Text compares by its bytes, whatever the database's locale is.</summary>
public sealed class PostgresNerveDbContext(DbContextOptions<PostgresNerveDbContext> options) : NerveDbContext(options)
{
    public override string HistoryTable => "SELECT to_regclass('\"__EFMigrationsHistory\"')::text";

    public override bool IsUniqueConflict(Exception exception) =>
        (exception is DbUpdateException ? exception.InnerException : exception) is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override IQueryable<Agent> AgentForUpdate(Guid id) =>
        Agents.FromSql($"SELECT * FROM agents WHERE \"Id\" = {id} FOR NO KEY UPDATE");

    public override IQueryable<Run> RunsForUpdate(Guid[] ids) =>
        Runs.FromSql($"SELECT * FROM runs WHERE \"Id\" = ANY({ids}) ORDER BY \"Id\" FOR NO KEY UPDATE");

    public override IQueryable<NerveTask> TaskForUpdate(Guid id) =>
        Tasks.FromSql($"SELECT * FROM tasks WHERE \"Id\" = {id} FOR NO KEY UPDATE");

    public override Task LockAuditAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlRawAsync("SELECT pg_advisory_xact_lock(hashtext('nerve audit'))", cancellationToken);

    public override Expression<Func<NerveTask, bool>> TextIsIn(string text)
    {
        var pattern = LikePattern(text); // with the collation "C", ILIKE ignores the case of ASCII letters, and of no others
        return task => EF.Functions.ILike(EF.Property<string>(task, TaskWords), pattern, "\\");
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().UseCollation("C").HaveConversion<StorableTextConverter>();
    }

    /// <remarks>Not private, for the compiled model names it.</remarks>
    internal sealed class StorableTextConverter() : ValueConverter<string, string>(text => StorableText.Of(text), text => text);
}
