using System.Diagnostics;
using System.Globalization;
using Nerve.Bench.Scenarios;
using Npgsql;

namespace Nerve.Bench.Programs;

/// <summary>A PostgreSQL of the bench's own with the settings it comes with, room for two centers aside: a commit is on the disk. It ends with the bench.</summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private const int NotInstalled = 3;

    private readonly Process _process;

    private readonly Uri _url;

    private PrivatePostgres(Process process, Uri url) => (_process, _url) = (process, url);

    /// <summary>With user and password.</summary>
    public string UrlOf(string database) => new Uri(_url, database).AbsoluteUri;

    public string ConnectionString(string database) =>
        $"Host={_url.Host};Port={_url.Port};Username={_url.UserInfo.Split(':')[0]};Password={_url.UserInfo.Split(':')[1]};Database={database}";

    public async Task CreateDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var create = source.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<PrivatePostgres> StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path.Combine(Built.Repository, "eng/private-postgres.sh"), ["-c", "max_connections=200"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PORT"] = Site.FreePort().ToString(CultureInfo.InvariantCulture);
        start.Environment["NERVE_PG_PASSWORD"] = "only-for-the-bench";
        var process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } url)
        {
            return new PrivatePostgres(process, new Uri(url));
        }

        await process.WaitForExitAsync(cancellationToken);
        throw process.ExitCode == NotInstalled
            ? new ScenarioSkippedException("PostgreSQL 15 or later is not installed: apt-get install postgresql")
            : new InvalidOperationException("PostgreSQL did not start; it says why above.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
