using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Nerve.Storage.EfCore.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class TaskWords : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Words",
                table: "tasks",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
            migrationBuilder.Sql("""
                UPDATE tasks SET Words = Name
                    || char(10) || coalesce(json_extract(Spec, '$.command'), '')
                    || char(10) || coalesce((SELECT group_concat(value, char(10)) FROM json_each(Spec, '$.args')), '')
                    || char(10) || coalesce(json_extract(Spec, '$.script'), '')
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Words",
                table: "tasks");
        }
    }
}
