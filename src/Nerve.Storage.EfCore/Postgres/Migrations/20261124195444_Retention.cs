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
            migrationBuilder.CreateIndex(
                name: "IX_run_outputs_At",
                table: "run_outputs",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_inventories_CollectedAt",
                table: "inventories",
                column: "CollectedAt");
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
