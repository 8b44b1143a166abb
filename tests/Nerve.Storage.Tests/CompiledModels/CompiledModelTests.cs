using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Storage.Tests.CompiledModels;

/// <summary>Entity Framework works with the compiled model, whatever the mapping says: a change of the mapping alone would do nothing.</summary>
public sealed partial class CompiledModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-model-");

    [Fact]
    public void CompiledModel_OfSqlite_IsWhatTheToolMakesOfTheMapping()
    {
        using var context = new SqliteNerveDbContext(new DbContextOptionsBuilder<SqliteNerveDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.Empty(Stale(Generated(context, "Sqlite"), Committed("Sqlite")));
    }

    [Fact]
    public void CompiledModel_OfPostgres_IsWhatTheToolMakesOfTheMapping()
    {
        using var context = new PostgresNerveDbContext(new DbContextOptionsBuilder<PostgresNerveDbContext>().UseNpgsql("Host=localhost").Options);

        Assert.Empty(Stale(Generated(context, "Postgres"), Committed("Postgres")));
    }

    /// <summary>What a center does not ask at its first start, which would take it an eighth longer.</summary>
    [Fact]
    public void Migrations_OfSqlite_MakeTheWholeMapping()
    {
        using var context = new SqliteNerveDbContext(new DbContextOptionsBuilder<SqliteNerveDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public void Migrations_OfPostgres_MakeTheWholeMapping()
    {
        using var context = new PostgresNerveDbContext(new DbContextOptionsBuilder<PostgresNerveDbContext>().UseNpgsql("Host=localhost").Options);

        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public void Database_OfSqlite_WorksWithTheCompiledModel()
    {
        using var database = new SqliteDatabase("/nowhere/nerve.db");
        using var context = database.Open();

        Assert.Equal("SqliteNerveDbContextModel", context.Model.GetType().Name);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The files to make anew; docs/development.md says how.</summary>
    private static IEnumerable<string> Stale(Dictionary<string, string> generated, Dictionary<string, string> committed) =>
        generated.Keys.Union(committed.Keys).Where(file => generated.GetValueOrDefault(file) != committed.GetValueOrDefault(file));

    private Dictionary<string, string> Generated(NerveDbContext context, string engine)
    {
        DesignTime.Of(context).ScaffoldModel(
            context.GetService<IDesignTimeModel>().Model,
            _folder.FullName,
            new CompiledModelCodeGenerationOptions
            {
                ContextType = context.GetType(),
                ModelNamespace = $"Nerve.Storage.EfCore.{engine}.CompiledModel",
                Language = "C#",
            });
        return Read(_folder.FullName);
    }

    private static Dictionary<string, string> Committed(string engine, [CallerFilePath] string here = "") =>
        Read(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Nerve.Storage.EfCore", engine, "CompiledModel"));

    private static Dictionary<string, string> Read(string folder) =>
        Directory.EnumerateFiles(folder).ToDictionary(path => Path.GetFileName(path)!, path => ModelId().Replace(File.ReadAllText(path), "modelId"));

    /// <summary>Another one each time.</summary>
    [GeneratedRegex("modelId: new Guid\\(\"[^\"]*\"\\)")]
    private static partial Regex ModelId();
}
