using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Postgres.Migrations
{
    /// <summary>The indexes that attempts need. A migration of its own, for it runs outside of a transaction and may have to be done again.</summary>
    [DbContext(typeof(PostgresNerveDbContext))]
    [Migration("20261129070228_RunIndexes")]
    public partial class RunIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The table may be large and another center may write to it: a plain CREATE INDEX would stop it until the end.
            Concurrently("UNIQUE INDEX", "IX_runs_TaskId_AgentId_Attempt", "\"TaskId\", \"AgentId\", \"Attempt\"");
            Concurrently("INDEX", "IX_runs_TaskId_State", "\"TaskId\", \"State\"");
            migrationBuilder.Sql("DROP INDEX CONCURRENTLY IF EXISTS \"IX_runs_TaskId_AgentId\"", suppressTransaction: true);

            void Concurrently(string kind, string name, string columns)
            {
                migrationBuilder.Sql($"DROP INDEX CONCURRENTLY IF EXISTS \"{name}\"", suppressTransaction: true); // of an attempt that was cut off
                migrationBuilder.Sql($"CREATE {kind} CONCURRENTLY \"{name}\" ON runs ({columns})", suppressTransaction: true);
            }
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(name: "IX_runs_TaskId_AgentId", table: "runs", columns: new[] { "TaskId", "AgentId" }, unique: true);
            migrationBuilder.DropIndex(name: "IX_runs_TaskId_AgentId_Attempt", table: "runs");
            migrationBuilder.DropIndex(name: "IX_runs_TaskId_State", table: "runs");
        }
    }
}
