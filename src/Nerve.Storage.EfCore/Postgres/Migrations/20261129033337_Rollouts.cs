using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Rollouts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "RetryOf",
                table: "tasks",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Rollout",
                table: "tasks",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Batch",
                table: "runs",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "RetryOf",
                table: "tasks");

            migrationBuilder.DropColumn(
                name: "Rollout",
                table: "tasks");

            migrationBuilder.DropColumn(
                name: "Batch",
                table: "runs");
        }
    }
}
