using System.Globalization;
using Nerve.Bench.Scenarios;

namespace Nerve.Bench.Programs;

/// <summary>A Redis of the bench's own, from the installed program, with nothing on disk.</summary>
internal sealed class PrivateRedis : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly RunningProgram _process;

    private PrivateRedis(RunningProgram process, int port) => (_process, Url) = (process, $"redis://127.0.0.1:{port}/0");

    public string Url { get; }

    public static PrivateRedis Start(string log)
    {
        var port = Site.FreePort();
        return File.Exists(Program)
            ? new PrivateRedis(RunningProgram.Start(log, Program, ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", ""]), port)
            : throw new ScenarioSkippedException("Redis is not installed: apt-get install redis-server");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
