using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class FleetSettings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "fleet_settings",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    HeartbeatSeconds = table.Column<int>(type: "integer", nullable: true),
                    SampleSeconds = table.Column<int>(type: "integer", nullable: true),
                    SmartMinutes = table.Column<int>(type: "integer", nullable: true),
                    IpmiSeconds = table.Column<int>(type: "integer", nullable: true),
                    InventorySeconds = table.Column<int>(type: "integer", nullable: true),
                    ChangedAt = table.Column<long>(type: "bigint", nullable: false),
                    ChangedBy = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_fleet_settings", x => x.Id);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "fleet_settings");
        }
    }
}
