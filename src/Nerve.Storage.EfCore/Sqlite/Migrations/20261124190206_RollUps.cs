using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Sqlite.Migrations
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
                    AgentId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Level = table.Column<int>(type: "INTEGER", nullable: false),
                    Hour = table.Column<long>(type: "INTEGER", nullable: false),
                    Schema = table.Column<string>(type: "TEXT", nullable: false),
                    Values = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_metric_rollups", x => new { x.AgentId, x.Level, x.Hour });
                });

            migrationBuilder.CreateTable(
                name: "stale_hours",
                columns: table => new
                {
                    AgentId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Hour = table.Column<long>(type: "INTEGER", nullable: false),
                    MarkedAt = table.Column<long>(type: "INTEGER", nullable: false)
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
                WITH RECURSIVE hours(hour) AS (SELECT unixepoch() / 3600 * 3600000 UNION ALL SELECT hour - 3600000 FROM hours LIMIT 169)
                INSERT INTO stale_hours (AgentId, Hour, MarkedAt) SELECT Id, hour, unixepoch() * 1000 FROM agents, hours
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
