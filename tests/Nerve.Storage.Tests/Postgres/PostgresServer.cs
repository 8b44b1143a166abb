using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A PostgreSQL of these tests' own: started from the installed programs on a free port, gone with this process.</summary>
/// <remarks><c>NERVE_TEST_POSTGRES</c> names a running server to use instead: a URL of a user who may create databases.</remarks>
internal sealed class PostgresServer
{
    public const string Password = "S3cret-of-the-tests";

    private const int NotInstalled = 3;

    /// <summary>Where hundreds of databases come and go without a trace on a disk: with them on a disk the tests take half as much again.</summary>
    private const string Memory = "/dev/shm";
    private const long RoomNeeded = 2L << 30;

    private const string Missing =
        "PostgreSQL 15 or later is not installed. Install it with: apt-get install postgresql (or set NERVE_TEST_POSTGRES to a server's URL)";

    /// <summary>Quick, since nothing of it outlives the tests.</summary>
    private static readonly string[] s_options =
    [
        .. new[]
        {
            "max_connections=300", "shared_buffers=64MB", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off", "autovacuum_naptime=1h",
        }.SelectMany(option => new[] { "-c", option }),
    ];

    private static readonly Lazy<Task<PostgresServer?>> s_shared = new(StartSharedAsync);

    private readonly Process? _process;

    private PostgresServer(string url, Process? process)
    {
        Url = url;
        _process = process;
    }

    /// <summary>With user and password, without a database.</summary>
    public string Url { get; }

    /// <summary>The one that all tests share; skips the test where there is none, and fails it where there must be one.</summary>
    public static async Task<PostgresServer> SharedAsync()
    {
        if (await s_shared.Value is { } server)
        {
            return server;
        }

        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
        throw new InvalidOperationException(Missing);
    }

    /// <summary>Another one, which the test may stop.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        await SharedAsync(); // skips where there is nothing to start
        var server = await StartPrivateAsync();
        Assert.SkipWhen(server is null, Missing);
        return server;
    }

    public string UrlOf(string database) => $"{Url}/{database}";

    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public string ConnectionString(string database)
    {
        var url = new Uri(Url);
        return new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port,
            Username = url.UserInfo.Split(':')[0],
            Password = Uri.UnescapeDataString(url.UserInfo.Split(':')[1]),
            Database = database,
            Pooling = false,
        }.ToString();
    }

    /// <summary>Ends it as a power cut does to clients: connections break at once.</summary>
    public async Task StopAsync()
    {
        _process!.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
    }

    private static async Task<PostgresServer?> StartSharedAsync()
    {
        if (Environment.GetEnvironmentVariable("NERVE_TEST_POSTGRES") is { Length: > 0 } url)
        {
            return new PostgresServer(url.TrimEnd('/'), null);
        }

        return await StartPrivateAsync();
    }

    /// <summary>Null where none is installed.</summary>
    private static async Task<PostgresServer?> StartPrivateAsync()
    {
        var start = new ProcessStartInfo(Script(), s_options) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PORT"] = FreePort().ToString(CultureInfo.InvariantCulture);
        start.Environment["NERVE_PG_PASSWORD"] = Password;
        if (HasRoom(Memory))
        {
            start.Environment["TMPDIR"] = Memory;
        }

        var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        if (await process.StandardOutput.ReadLineAsync() is { } url)
        {
            return new PostgresServer(url, process);
        }

        await process.WaitForExitAsync();
        return process.ExitCode == NotInstalled ? null : throw new InvalidOperationException($"PostgreSQL did not start: {await complaints}");
    }

    private static bool HasRoom(string folder) => Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace > RoomNeeded;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Script([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../eng/private-postgres.sh"));
}
