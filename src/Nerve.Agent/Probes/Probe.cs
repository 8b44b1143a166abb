using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Nerve.Agent.Processes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Probes;

/// <summary>A process of ours that asks what may never answer. It is started once and asked again and again; one that hangs or dies is
/// left behind and replaced later, after longer and longer pauses. Safe to use from several threads.</summary>
/// <param name="name">As in <c>nerve-agent probe NAME</c>.</param>
/// <param name="subject">What it asks, for people: <c>the NVIDIA driver</c>.</param>
/// <param name="advice">What to do when that hangs.</param>
internal sealed class Probe(string name, string subject, string advice, ProbeLauncher launcher, TimeProvider time) : IDisposable
{
    private const int MaxLineBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(30);

    private readonly Lock _turn = new();
    private volatile bool _wanted;
    private volatile bool _hung;
    private volatile string? _problem;
    private volatile ProbeReply? _known;
#pragma warning disable CA2213 // LeaveBehind disposes of it.
    private Process? _process;
#pragma warning restore CA2213
    private ChildPipes? _pipes;
    private ProbeRequest? _asked;
    private Deadline _due;
    private bool _hasAnswered;
    private int _failures;
    private long _hangs;
    private long _failedAt;

    public string Name => name;

    /// <summary>Somebody needs its answers on this machine.</summary>
    public bool IsWanted => _wanted;

    /// <summary>It hung, and its successor has not answered yet.</summary>
    public bool IsHung => _hung;

    /// <summary>How many were left behind since the agent started.</summary>
    public long Hangs => Interlocked.Read(ref _hangs);

    /// <summary>Why there is no answer; the same words as long as it is the same trouble.</summary>
    public CollectionProblem? Problem => _problem is { } reason
        ? new CollectionProblem($"probe {name}", _known is null ? reason : $"{reason} What it said last still stands in the inventory.")
        : null;

    /// <summary>It has said once what there is.</summary>
    public bool KnowsParts => _known is not null;

    /// <summary>How long a probe may take over one answer before it counts as hung; twice as long for its first, which may have to wake a driver.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For a probe that keeps what it was told: seconds after which it asks anew. Null leaves that to the probe.</summary>
    public Func<int?>? PeriodSeconds { get; set; }

    /// <summary>The process that answers now; for tests.</summary>
    internal int? ProcessId => _process?.Id;

    /// <summary>Starts it if it does not run and may be started again by now. Never from a sample: starting a process is not for heartbeats.</summary>
    public void Want()
    {
        _wanted = true;
        lock (_turn)
        {
            if (_process is null && (_failures == 0 || time.GetElapsedTime(_failedAt) >= Pause(_failures)))
            {
                Start();
            }
        }
    }

    /// <summary>What it says of the machine's parts, else what it said last: that it does not answer makes no part another. Null when it never did.</summary>
    public ProbeReply? AskParts(ProbeRequest request, TimeSpan wait) => Ask(request, wait) is { } reply ? _known = reply.Or(_known) : _known;

    /// <summary>Its answer; null when it does not run or has not answered after <paramref name="wait"/>. A late answer serves the next who
    /// asks for the same.</summary>
    public ProbeReply? Ask(ProbeRequest request, TimeSpan wait)
    {
        var deadline = new Deadline(wait);
        if (!_turn.TryEnter(wait))
        {
            return null;
        }

        try
        {
            return _pipes is null ? null : Converse(_pipes, request, deadline);
        }
        finally
        {
            _turn.Exit();
        }
    }

    public void Dispose()
    {
        // Whoever hangs in a conversation must not hold up the end of the agent.
        if (_turn.TryEnter(TimeSpan.FromSeconds(1)))
        {
            _wanted = false;
            LeaveBehind();
            _turn.Exit();
        }
    }

    private ProbeReply? Converse(ChildPipes pipes, ProbeRequest request, Deadline deadline)
    {
        if (_asked is { } earlier)
        {
            var late = Receive(pipes, deadline);
            if (late is null || earlier.Ask == request.Ask)
            {
                return late;
            }
        }

        _due = new Deadline((_hasAnswered ? Patience : 2 * Patience) + TimeSpan.FromMilliseconds(request.PatienceMilliseconds));
        if (!pipes.Write((request with { PeriodSeconds = PeriodSeconds?.Invoke() }).ToLine(), _due))
        {
            Fail(_due.HasPassed);
            return null;
        }

        _asked = request;
        return Receive(pipes, deadline);
    }

    private ProbeReply? Receive(ChildPipes pipes, Deadline deadline)
    {
        var read = pipes.ReadLine(deadline, MaxLineBytes, out var line);
        if (read == PipeRead.Done && TryParse(line) is { } reply)
        {
            (_asked, _hasAnswered, _failures) = (null, true, 0);
            (_hung, _problem) = (false, null);
            return reply;
        }

        if (read != PipeRead.Late)
        {
            Fail(hung: false);
        }
        else if (_due.HasPassed)
        {
            Fail(hung: true);
        }
        else
        {
            _problem ??= $"No answer from {subject} yet. {advice}";
        }

        return null;
    }

    private static ProbeReply? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return ProbeReply.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Start()
    {
        try
        {
            _process = launcher.Start(name);
            _pipes = new ChildPipes(_process);
            (_asked, _hasAnswered) = (null, false);
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            Pausing($"The process to ask {subject} could not be started: {e.Message}");
        }
    }

    private void Fail(bool hung)
    {
        if (hung)
        {
            Interlocked.Increment(ref _hangs);
            _hung = true;
        }

        LeaveBehind();
        Pausing(hung
            ? $"{char.ToUpperInvariant(subject[0])}{subject[1..]} does not answer. The process that asked was left behind; another is started after a pause. {advice}"
            : $"The process that asks {subject} ended unexpectedly; another is started after a pause. {advice}");
    }

    private void Pausing(string problem)
    {
        _problem = problem;
        _failures++;
        _failedAt = time.GetTimestamp();
    }

    /// <summary>Kills it, without waiting: in a driver that hangs even that may take for ever. The runtime takes note of its end, whenever
    /// that comes, so no zombie stays.</summary>
    private void LeaveBehind()
    {
        if (_process is { } process)
        {
            Kill(process);
            process.Dispose();
        }

        _pipes?.Dispose();
        (_process, _pipes, _asked) = (null, null, null);
    }

    // A probe leads a group of its own, with the tools that it starts.
    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                _ = LibC.kill(-process.Id, Signals.Kill);
                process.Kill();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has just ended.
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = s_firstPause * Math.Pow(2, Math.Min(failures, 10) - 1);
        return pause < s_longestPause ? pause : s_longestPause;
    }
}
