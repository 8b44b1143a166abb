using System.Collections.Concurrent;
using System.Diagnostics;

namespace Nerve.Storage.Tests.Mongo;

public enum Topology
{
    ReplicaSet,
    Standalone,
}

/// <summary>A MongoDB server: the one that <c>NERVE_TEST_MONGODB</c> names, else the wire-protocol emulator kept in
/// <c>shared/tools/mongo-emulator</c> beside the repository, started on a free port and gone with this process.</summary>
internal sealed class MongoServer
{
    private const string Missing =
        "No MongoDB: set NERVE_TEST_MONGODB to the URL of a server of version 7 or later whose user may create databases, or put the emulator into shared/tools/mongo-emulator beside the repository (it needs Node.js 20).";

    private static readonly ConcurrentDictionary<Topology, Lazy<Task<MongoServer?>>> s_shared = new();
    private static readonly SemaphoreSlim s_installing = new(1, 1);

    private readonly Process? _process;

    private MongoServer(string url, Process? process)
    {
        Url = url;
        _process = process;
    }

    /// <summary>Of a real server, whose plans and limits are MongoDB's own.</summary>
    public static string? RealUrl { get; } = Environment.GetEnvironmentVariable("NERVE_TEST_MONGODB") is { Length: > 0 } url ? url : null;

    /// <summary>Without a database.</summary>
    public string Url { get; }

    /// <summary>The one that all tests share; skips the test where there is none, and fails it where there must be one.</summary>
    public static async Task<MongoServer> SharedAsync(Topology topology)
    {
        Assert.SkipWhen(
            RealUrl is not null && topology == Topology.Standalone, "NERVE_TEST_MONGODB names the server to test, and it is what it is: no second run.");
        var shared = s_shared.GetOrAdd(
            topology, wanted => new(() => RealUrl is null ? StartEmulatorAsync(wanted) : Task.FromResult<MongoServer?>(new MongoServer(RealUrl, null))));
        if (await shared.Value is { } server)
        {
            return server;
        }

        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
        throw new InvalidOperationException(Missing);
    }

    /// <summary>Another one, which the test may stop and break.</summary>
    public static async Task<MongoServer> StartAsync()
    {
        var server = await StartEmulatorAsync(Topology.ReplicaSet);
        Assert.SkipWhen(server is null, Missing);
        return server;
    }

    public string UrlOf(string database)
    {
        var parts = Url.Split('?', 2);
        return $"{parts[0].TrimEnd('/')}/{database}{(parts.Length > 1 ? "?" + parts[1] : "")}";
    }

    /// <summary>Ends it: connections break at once.</summary>
    public async Task StopAsync()
    {
        _process!.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
    }

    private static async Task<MongoServer?> StartEmulatorAsync(Topology topology)
    {
        if (Emulator() is not { } program)
        {
            return null;
        }

        string[] arguments = ["--port", "0", "--watch-stdin", .. topology == Topology.ReplicaSet ? ["--replset"] : Array.Empty<string>()];
        await s_installing.WaitAsync(TestContext.Current.CancellationToken); // the first start installs what it needs
        try
        {
            return await StartAsync(program, arguments);
        }
        finally
        {
            s_installing.Release();
        }
    }

    private static async Task<MongoServer> StartAsync(string program, string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaints = process.StandardError.ReadToEndAsync();
        const string Ready = "listening on ";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Ready, StringComparison.Ordinal))
            {
                return new MongoServer(line[Ready.Length..].Trim(), process);
            }
        }

        throw new InvalidOperationException($"The MongoDB emulator did not start: {await complaints}");
    }

    private static string? Emulator()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "tools", "mongo-emulator", "start");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
