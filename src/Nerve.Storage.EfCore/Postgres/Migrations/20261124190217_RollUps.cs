using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class RollUps : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "metric_rollups",
                columns: table => new
                {
                    AgentId = table.Column<Guid>(type: "uuid", nullable: false),
                    Level = table.Column<int>(type: "integer", nullable: false),
                    Hour = table.Column<long>(type: "bigint", nullable: false),
                    Schema = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Values = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_metric_rollups", x => new { x.AgentId, x.Level, x.Hour });
                });

            migrationBuilder.CreateTable(
                name: "stale_hours",
                columns: table => new
                {
                    AgentId = table.Column<Guid>(type: "uuid", nullable: false),
                    Hour = table.Column<long>(type: "bigint", nullable: false),
                    MarkedAt = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stale_hours", x => new { x.AgentId, x.Hour });
                });

            migrationBuilder.CreateIndex(
                name: "IX_metric_rollups_Level_Hour",
                table: "metric_rollups",
                columns: new[] { "Level", "Hour" });

            migrationBuilder.CreateIndex(
                name: "IX_stale_hours_Hour",
                table: "stale_hours",
                column: "Hour");

            // What has been stored before: the rolling up begins with it, and takes the mark off hours without samples.
            migrationBuilder.Sql("""
                INSERT INTO stale_hours ("AgentId", "Hour", "MarkedAt")
                SELECT "Id", (extract(epoch FROM date_trunc('hour', now(), 'UTC'))::bigint - past * 3600) * 1000, extract(epoch FROM now())::bigint * 1000
                FROM agents, generate_series(0, 168) AS past
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "metric_rollups");

            migrationBuilder.DropTable(
                name: "stale_hours");
        }
    }
}
