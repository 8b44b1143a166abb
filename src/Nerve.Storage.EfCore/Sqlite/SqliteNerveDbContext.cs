using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>SQLite's dialect.</summary>
public sealed class SqliteNerveDbContext(DbContextOptions<SqliteNerveDbContext> options) : NerveDbContext(options)
{
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;

    public override bool IsUniqueConflict(DbUpdateException exception) =>
        exception.InnerException is SqliteException { SqliteExtendedErrorCode: ConstraintPrimaryKey or ConstraintUnique };
}
