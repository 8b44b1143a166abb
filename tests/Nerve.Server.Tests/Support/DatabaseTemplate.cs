using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Identity;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Server.Tests.Support;

/// <summary>A migrated database with one admin and one token of each kind, made once and copied for every center.</summary>
internal static class DatabaseTemplate
{
    public const string AdminPassword = "correct horse battery staple";

    private static readonly Lazy<Task<Template>> s_template = new(MakeAsync);

    public static async Task<Template> CopyToAsync(string folder)
    {
        var template = await s_template.Value;
        await File.WriteAllBytesAsync(Path.Combine(folder, SqliteStorage.FileName), template.Bytes);
        return template;
    }

    private static async Task<Template> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("nerve-template-").FullName;
        try
        {
            var path = Path.Combine(folder, SqliteStorage.FileName);
            var secrets = await FillAsync(path);
            return new Template(await File.ReadAllBytesAsync(path), secrets.Roles, secrets.Enrolment);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(IReadOnlyDictionary<Role, string> Roles, string Enrolment)> FillAsync(string path)
    {
        using var database = new SqliteDatabase(path);
        await database.MigrateAsync(CancellationToken.None);
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSqliteStorage(database);
        services.AddSingleton<UserService>();
        services.AddSingleton<TokenService>();
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<UserService>().AddAsync("admin", AdminPassword, Role.Admin, CancellationToken.None);
        var tokens = provider.GetRequiredService<TokenService>();
        var roles = new Dictionary<Role, string>();
        foreach (var role in Enum.GetValues<Role>())
        {
            roles[role] = (await tokens.CreateApiTokenAsync(role.ToString(), role, null, CancellationToken.None)).Secret;
        }

        return (roles, (await tokens.CreateEnrolTokenAsync("tests", null, null, CancellationToken.None)).Secret);
    }

    public sealed record Template(byte[] Bytes, IReadOnlyDictionary<Role, string> Tokens, string EnrolmentToken);
}
