using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Retention : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Both tables may be large and another center may write to them: a plain CREATE INDEX would stop it until the end.
            CreateConcurrently("IX_run_outputs_At", "run_outputs", "At");
            CreateConcurrently("IX_inventories_CollectedAt", "inventories", "CollectedAt");

            void CreateConcurrently(string name, string table, string column)
            {
                migrationBuilder.Sql($"DROP INDEX CONCURRENTLY IF EXISTS \"{name}\"", suppressTransaction: true); // of an attempt that was cut off
                migrationBuilder.Sql($"CREATE INDEX CONCURRENTLY \"{name}\" ON {table} (\"{column}\")", suppressTransaction: true);
            }
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_run_outputs_At",
                table: "run_outputs");

            migrationBuilder.DropIndex(
                name: "IX_inventories_CollectedAt",
                table: "inventories");
        }
    }
}
