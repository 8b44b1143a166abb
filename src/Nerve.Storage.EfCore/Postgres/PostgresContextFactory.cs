using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>For <c>dotnet ef migrations add</c> only.</summary>
internal sealed class PostgresContextFactory : IDesignTimeDbContextFactory<PostgresNerveDbContext>
{
    public PostgresNerveDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresNerveDbContext>().UseNpgsql("Host=localhost").Options);
}
