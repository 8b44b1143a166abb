using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A PostgreSQL of these tests' own: started from the installed programs on a free port, gone with this process.</summary>
/// <remarks><c>NERVE_TEST_POSTGRES</c> names a running server to use instead: a URL of a user who may create databases.</remarks>
internal sealed class PostgresServer
{
    public const string User = "nerve";
    public const string Password = "S3cret-of-the-tests";

    private const string Missing =
        "PostgreSQL 15 or later is not installed. Install it with: apt-get install postgresql (or set NERVE_TEST_POSTGRES to a server's URL)";

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
        var programs = Programs();
        Assert.SkipWhen(programs is null, Missing);
        return await StartAsync(programs);
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

        return Programs() is { } programs ? await StartAsync(programs) : null;
    }

    private static string? Programs() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .Where(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) && number >= 15)
                .Select(version => Path.Combine(version, "bin"))
                .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;

    private static async Task<PostgresServer> StartAsync(string programs)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BIN"] = programs;
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["NERVE_PG_USER"] = User;
        start.Environment["NERVE_PG_PASSWORD"] = Password;
        var process = Process.Start(start)!;
        var output = new List<string?>();
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync();
            output.Add(line);
            if (line is null)
            {
                throw new InvalidOperationException($"PostgreSQL did not start: {string.Join('\n', output)}\n{await process.StandardError.ReadToEndAsync()}");
            }

            if (line == "ready")
            {
                return new PostgresServer($"postgres://{User}:{Password}@127.0.0.1:{port}", process);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Lives until its standard input ends, which also happens when the tests are killed; then stops the server and removes its files.
    /// The server refuses to run as root.</summary>
    private const string Script =
        """
        set -e
        dir=$(mktemp -d /tmp/nerve-postgres-XXXXXX)
        as=
        if [ "$(id -u)" = 0 ]; then
          user=postgres; id -u postgres >/dev/null 2>&1 || user=nobody
          chown "$user" "$dir"
          as="setpriv --reuid=$user --regid=$(id -g $user) --clear-groups"
        fi
        (umask 077; printf %s "$NERVE_PG_PASSWORD" > "$dir/password"; [ -z "$as" ] || chown "$user" "$dir/password")
        $as "$BIN/initdb" -D "$dir/data" -U "$NERVE_PG_USER" --pwfile="$dir/password" --auth=scram-sha-256 \
          --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-sync > "$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log"; exit 1; }
        $as "$BIN/postgres" -D "$dir/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
          -c max_connections=300 -c shared_buffers=64MB -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
          -c jit=off -c autovacuum_naptime=1h > "$dir/postgres.log" 2>&1 &
        pid=$!
        trap 'kill -QUIT $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; rm -rf "$dir"' EXIT
        for i in $(seq 600); do
          "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT" && break
          kill -0 $pid 2>/dev/null || { cat "$dir/postgres.log"; exit 1; }
          sleep 0.1
        done
        echo ready
        cat > /dev/null
        """;
}
