using System.Diagnostics;
using System.Runtime.InteropServices;
using Nerve.Swarm.Agents;
using Nerve.Swarm.Measuring;
using Spectre.Console;

namespace Nerve.Swarm;

/// <summary>One run: the agents come up over the ramp, live for the set time, and say goodbye; then the report.</summary>
internal sealed class SwarmRun(SwarmOptions options, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>What a link keeps while it waits for the next message grows old before it is thrown away, where the collector looks last: it is told to.</summary>
    private static readonly TimeSpan s_tidy = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseCookies = false, UseProxy = false });
    private readonly IdentityBook _identities = new(options.IdentityFile);
    private readonly Meters _meters = new();

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var shared = new SwarmShared(_http, _identities, PlausibleMetrics.Schema(options.Values), _meters, new Ledger(options.Agents, time), time);
        var since = time.GetUtcNow();
        var auditor = options.ApiToken is null ? null : new Auditor(options, shared);
        var watching = auditor?.WatchAsync(stop.Token) ?? Task.CompletedTask;
        var atRest = Center();
        var begun = time.GetTimestamp();
        var agents = Start(shared, stop.Token);
        var report = await MeasureAsync(begun, atRest, stop);
        await stop.CancelAsync();
        await Task.WhenAll(agents).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await watching;
        _identities.Save();
        if (auditor is not null)
        {
            report = report with { Audit = await auditor.CompareAsync(since) };
        }

        report.Print(AnsiConsole.Console);
        if (options.ReportFile is { } file)
        {
            report.Save(file);
        }

        return report is { Acknowledged: > 0, Audit: null or { IsClean: true } } ? 0 : 1;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private List<Task> Start(SwarmShared shared, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, options.Agents).Select(async number =>
        {
            await Task.Delay(options.Ramp * (number / (double)options.Agents), time, cancellationToken);
            await new SwarmAgent(number, options, shared).LiveAsync(cancellationToken);
        })];

    private async Task<SwarmReport> MeasureAsync(long begun, ProcessUse? atRest, CancellationTokenSource stop)
    {
        await WatchAsync(() => _meters.OpenLinks >= options.Agents, Timeout.InfiniteTimeSpan, stop.Token);
        var untilAll = time.GetElapsedTime(begun);
        await WatchAsync(() => false, options.Settle, stop.Token);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // what enrolments left would stay for hours
        var (from, ownFrom, centerFrom, acknowledgedFrom) =
            (time.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime, Center(), _meters.Acknowledged);
        _meters.BeatLatency.Reset(); // the storm of the beginning is another question
        await WatchAsync(() => false, options.Duration > TimeSpan.Zero ? options.Duration : Timeout.InfiniteTimeSpan, stop.Token);

        var seconds = Math.Max(0.001, time.GetElapsedTime(from).TotalSeconds);
        var acknowledged = _meters.Acknowledged - acknowledgedFrom;
        return new SwarmReport(
            options.Agents, options.Seed, seconds, untilAll.TotalSeconds, acknowledged, acknowledged / seconds,
            Percentiles.Of(_meters.BeatLatency), Percentiles.Of(_meters.ConnectLatency),
            _meters.RunsStarted, _meters.RunsAcknowledged, _meters.ReportsRepeated,
            CenterBetween(centerFrom, Center(), atRest, seconds),
            (Process.GetCurrentProcess().TotalProcessorTime - ownFrom).TotalSeconds / seconds,
            _meters.Failures);
    }

    /// <summary>Shows progress until the condition holds, the time is up or the run is stopped.</summary>
    private async Task WatchAsync(Func<bool> reached, TimeSpan longest, CancellationToken stop)
    {
        var (begun, tidied) = (time.GetTimestamp(), time.GetTimestamp());
        var before = _meters.Acknowledged;
        while (!reached() && !stop.IsCancellationRequested && (longest < TimeSpan.Zero || time.GetElapsedTime(begun) < longest))
        {
            var left = longest < TimeSpan.Zero ? s_look : longest - time.GetElapsedTime(begun);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 1, s_look.TotalMilliseconds)), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = _meters.Acknowledged;
            Console.Error.WriteLine(
                $"{_meters.OpenLinks} of {options.Agents} connected, {now} heartbeats acknowledged ({now - before}/s), "
                + $"{_meters.RunsAcknowledged} of {_meters.RunsStarted} runs, {_meters.Failures.Values.Sum()} failures");
            before = now;
            if (time.GetElapsedTime(tidied) >= s_tidy)
            {
                GC.Collect();
                tidied = time.GetTimestamp();
            }
        }
    }

    private ProcessUse? Center() => options.CenterPid is { } pid ? ProcessUse.Read(pid) : null;

    private CenterUse? CenterBetween(ProcessUse? from, ProcessUse? to, ProcessUse? atRest, double seconds) =>
        from is { } first && to is { } last && atRest is { } rest
            ? new CenterUse(
                (last.Cpu - first.Cpu).TotalSeconds / seconds, last.ResidentBytes, (last.ResidentBytes - rest.ResidentBytes) / (double)options.Agents)
            : null;
}
