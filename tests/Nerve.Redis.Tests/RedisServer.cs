using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nerve.Redis.Tests;

/// <summary>A Redis of one test's own, from the installed program on a free port, with nothing on disk. It may be stopped and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";
    private const string Missing = "Redis is not installed. Install it with: apt-get install redis-server";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string[] _arguments;
    private readonly int _port = FreePort();
    private Process? _process;

    private RedisServer(string[] arguments) => _arguments = arguments;

    public string Url => $"redis://127.0.0.1:{_port}/0";

    /// <summary>Skips the test where there is no Redis, and fails it where there must be one.</summary>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        if (!File.Exists(Program))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
            throw new InvalidOperationException(Missing);
        }

        var server = new RedisServer(arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Empty, for it keeps nothing.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            Program, ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp", "--enable-debug-command", "yes", .. _arguments])
        {
            RedirectStandardOutput = true,
        })!;
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience) is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = _process.StandardOutput.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException("Redis did not start.");
    }

    /// <summary>A command as a person types it.</summary>
    public void Run(params string[] command)
    {
        using var client = Process.Start(new ProcessStartInfo("redis-cli", ["-e", "-p", _port.ToString(CultureInfo.InvariantCulture), .. command]) { RedirectStandardOutput = true })!;
        client.WaitForExit();
        Assert.Equal(0, client.ExitCode);
    }

    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
