using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class AuditAndAttempts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_runs_TaskId_AgentId",
                table: "runs");

            migrationBuilder.AddColumn<string>(
                name: "SealedSecrets",
                table: "tasks",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Attempt",
                table: "runs",
                type: "INTEGER",
                nullable: false,
                defaultValue: 1);

            migrationBuilder.AddColumn<long>(
                name: "NotBefore",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "OutputHash",
                table: "runs",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Actor = table.Column<string>(type: "TEXT", nullable: false),
                    Via = table.Column<string>(type: "TEXT", nullable: false),
                    Address = table.Column<string>(type: "TEXT", nullable: true),
                    Action = table.Column<string>(type: "TEXT", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: true),
                    Result = table.Column<string>(type: "TEXT", nullable: false),
                    Detail = table.Column<string>(type: "TEXT", nullable: true),
                    Previous = table.Column<string>(type: "TEXT", nullable: false),
                    Hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.Number);
                });

            migrationBuilder.CreateIndex(
                name: "IX_runs_TaskId_AgentId_Attempt",
                table: "runs",
                columns: new[] { "TaskId", "AgentId", "Attempt" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_runs_TaskId_State",
                table: "runs",
                columns: new[] { "TaskId", "State" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_Action_Number",
                table: "audit",
                columns: new[] { "Action", "Number" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_Actor_Number",
                table: "audit",
                columns: new[] { "Actor", "Number" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_Target_Number",
                table: "audit",
                columns: new[] { "Target", "Number" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit");

            migrationBuilder.DropIndex(
                name: "IX_runs_TaskId_AgentId_Attempt",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "IX_runs_TaskId_State",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "SealedSecrets",
                table: "tasks");

            migrationBuilder.DropColumn(
                name: "Attempt",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "NotBefore",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "OutputHash",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "IX_runs_TaskId_AgentId",
                table: "runs",
                columns: new[] { "TaskId", "AgentId" },
                unique: true);
        }
    }
}
