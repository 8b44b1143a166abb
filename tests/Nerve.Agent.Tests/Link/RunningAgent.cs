using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nerve.Agent.Options;

namespace Nerve.Agent.Tests.Link;

/// <summary>A whole agent in this process, on an empty machine and a state folder of its own.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _logs;

    private RunningAgent(Func<RunningAgent, ILoggerFactory, CancellationToken, Task<int>> run)
    {
        _logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new LinesProvider(Lines)));
        Exit = run(this, _logs, _stop.Token);
    }

    public ConcurrentQueue<string> Lines { get; } = new();

    public Task<int> Exit { get; }

    public static RunningAgent Start(string folder, EnrolmentToken token, params Uri[] servers)
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "root")).FullName;
        var options = new AgentOptions
        {
            Servers = servers,
            Token = token,
            State = Path.Combine(folder, "state"),
            Root = root,
            Interval = TimeSpan.FromSeconds(1),
            InventoryInterval = TimeSpan.FromMinutes(5),
            Labels = new Dictionary<string, string> { ["rack"] = "a1" },
            Cluster = "h100",
        };
        return new RunningAgent((_, logs, stop) => AgentHost.RunAsync(options, TimeProvider.System, logs, stop));
    }

    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        return await Exit.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Waits for a line of the log.</summary>
    public async Task<string> LineAsync(string part)
    {
        for (var i = 0; i < 400; i++)
        {
            if (Lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"No '{part}' in: {string.Join('\n', Lines)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Exit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _logs.Dispose();
        _stop.Dispose();
    }
}
