using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nerve.Agent.Cgroups;
using Nerve.Agent.Journal;
using Nerve.Agent.Policies;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Takes runs from the center, has each executed at most once, and reports it until the center has its result.</summary>
/// <remarks>
/// The journal holds all state: a new manager on the same folder goes on where the last one stopped, however that ended.
/// Supervisors are processes of their own, so stopping the manager stops no run.
/// </remarks>
internal sealed partial class RunManager : IDisposable
{
    /// <summary>More runs wait, in the order in which they came.</summary>
    public const int MostAtOnce = 16;

    private static readonly TimeSpan s_pruneEvery = TimeSpan.FromHours(1);

    private readonly RunJournal _journal;
    private readonly IRunReporter _reporter;
    private readonly SupervisorCommand _supervisor;
    private readonly TimeProvider _time;
    private readonly ILogger<RunManager> _logger;
    private readonly ReportRetry _retry;
    private readonly RunSlots _slots;
    private readonly Lock _sync = new();
    private readonly ConcurrentDictionary<Guid, ActiveRun> _active = new();
    private readonly Channel<ActiveRun> _accepted = Channel.CreateUnbounded<ActiveRun>(new UnboundedChannelOptions { SingleReader = true });

    public RunManager(
        string stateDirectory,
        IRunReporter reporter,
        SupervisorCommand supervisor,
        TimeProvider time,
        ILogger<RunManager> logger,
        int mostAtOnce = MostAtOnce,
        PolicyFile? policy = null)
    {
        _journal = new RunJournal(stateDirectory);
        (_reporter, _supervisor, _time, _logger) = (reporter, supervisor, time, logger);
        _retry = new ReportRetry(time, logger);
        _slots = new RunSlots(() => Math.Min(mostAtOnce, policy?.Read().Policy?.Runs ?? mostAtOnce));
        foreach (var run in _journal.Folders().Where(IsOpen).Select(Activate).OrderByDescending(run => run.MayRunNow))
        {
            _accepted.Writer.TryWrite(run);
        }
    }

    /// <summary>Returns once the run is in the journal. A run that was there before is not started again.</summary>
    /// <exception cref="IOException">The journal cannot be written; nothing was started.</exception>
    public Task AcceptAsync(RunAssignment assignment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_sync)
        {
            var folder = _journal.Folder(assignment.RunId);
            if (_active.ContainsKey(assignment.RunId) || folder.IsAcknowledged || IsOpen(folder))
            {
                LogRepeated(assignment.RunId);
                return Task.CompletedTask;
            }
            folder.WriteAssignment(ByOwnClock(assignment));
            _accepted.Writer.TryWrite(Activate(folder));
        }
        return Task.CompletedTask;
    }

    private RunAssignment ByOwnClock(RunAssignment assignment) =>
        assignment.ExpiresInSeconds is { } seconds ? assignment with { ExpiresAt = _time.GetUtcNow().AddSeconds(seconds) } : assignment;

    /// <summary>Ends a run; one that is not known yet will not be started.</summary>
    /// <exception cref="IOException">The journal cannot be written.</exception>
    public Task CancelAsync(RunCancel cancel)
    {
        lock (_sync)
        {
            var folder = _journal.Folder(cancel.RunId);
            if (!folder.IsAcknowledged && !folder.HasResult && folder.ReadCancel() is null)
            {
                folder.WriteCancel(new CancelRecord(Math.Clamp(cancel.GraceSeconds, 0, 3600), _time.GetUtcNow()));
            }
            if (_active.TryGetValue(cancel.RunId, out var run))
            {
                run.Cancel();
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>For <see cref="Protocol.Link.Hello.Runs"/>.</summary>
    public IReadOnlyList<Guid> Unacknowledged() => [.. _active.Values.Where(run => !run.IsForgotten).Select(run => run.RunId).Order()];

    /// <summary>For <see cref="Protocol.Link.HelloReply.UnknownRuns"/>: they are no longer reported, and not started if they wait.</summary>
    public Task ForgetAsync(IEnumerable<Guid> runIds)
    {
        lock (_sync)
        {
            foreach (var runId in runIds)
            {
                if (_active.TryGetValue(runId, out var run))
                {
                    LogForgotten(runId);
                    run.Forget();
                }
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>The center can be reached again: reports that wait are repeated at once.</summary>
    public void LinkRestored() => _retry.LinkRestored();

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var work = new ConcurrentDictionary<Guid, Task>();
        var pruning = PruneAsync(cancellationToken);
        try
        {
            await foreach (var run in _accepted.Reader.ReadAllAsync(cancellationToken))
            {
                work[run.RunId] = WorkOffAsync(run, work, cancellationToken);
            }
        }
        finally
        {
            await Task.WhenAll(work.Values.Append(pruning)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        foreach (var run in _active.Values)
        {
            run.Dispose();
        }
    }

    // A folder with nothing but a cancel waits for its assignment.
    private static bool IsOpen(RunFolder folder) =>
        !folder.IsAcknowledged && (folder.ReadAssignment() is not null || folder.HasStarting || folder.HasResult);

    private ActiveRun Activate(RunFolder folder)
    {
        var execution = new RunExecution(folder, _supervisor, _slots, _time, _logger);
        var delivery = new RunDelivery(folder, _reporter, _retry, _time);
        return _active[folder.RunId] = new ActiveRun(folder, execution, delivery, _time, _logger);
    }

    private async Task WorkOffAsync(ActiveRun run, ConcurrentDictionary<Guid, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await run.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            // It stays in the journal and is taken up at the next start.
            LogFault(e, run.RunId);
            return;
        }
        work.TryRemove(run.RunId, out _);
        lock (_sync)
        {
            _active.TryRemove(run.RunId, out _);
            run.Dispose();
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_pruneEvery, _time);
        do
        {
            try
            {
                lock (_sync)
                {
                    _journal.Prune(_time.GetUtcNow());
                }
                CgroupTree.Find()?.Tidy(_time.GetUtcNow().UtcDateTime - s_pruneEvery);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotPruned(e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Run {RunId} was assigned again; the journal knows it")]
    private partial void LogRepeated(Guid runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The center does not know run {RunId}; it is no longer reported")]
    private partial void LogForgotten(Guid runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} cannot be worked on until the agent is restarted")]
    private partial void LogFault(Exception exception, Guid runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal cannot be tidied up: {Reason}")]
    private partial void LogNotPruned(string reason);
}
