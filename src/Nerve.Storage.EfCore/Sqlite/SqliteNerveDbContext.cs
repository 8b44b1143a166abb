using System.Linq.Expressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>SQLite's dialect.</summary>
public sealed class SqliteNerveDbContext(DbContextOptions<SqliteNerveDbContext> options) : NerveDbContext(options)
{
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;

    public override string HistoryTable => "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'";

    public override bool IsUniqueConflict(Exception exception) =>
        (exception is DbUpdateException ? exception.InnerException : exception) is SqliteException { SqliteExtendedErrorCode: ConstraintPrimaryKey or ConstraintUnique };

    public override Expression<Func<NerveTask, bool>> TextIsIn(string text)
    {
        var pattern = LikePattern(text); // SQLite's LIKE ignores the case of ASCII letters, and of no others
        return task => EF.Functions.Like(EF.Property<string>(task, TaskWords), pattern, "\\");
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.Entity<SampleRow>().HasIndex(sample => sample.At); // old rows are removed one by one
    }
}
