using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>For <c>dotnet ef migrations add</c> only.</summary>
internal sealed class SqliteContextFactory : IDesignTimeDbContextFactory<SqliteNerveDbContext>
{
    public SqliteNerveDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteNerveDbContext>().UseSqlite("Data Source=:memory:").Options);
}
