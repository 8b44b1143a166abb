using Nerve.Agent.Probes;

namespace Nerve.Agent.Linux;

/// <summary>Runs work that reads a machine's files, and does not wait with it for a file that hangs: its thread is given up, and the work is done
/// again without that file by another.</summary>
/// <param name="patience">For one file.</param>
/// <param name="limit">For the whole work.</param>
/// <param name="memory">What files that hang said before, for those to whom the last known is better than nothing.</param>
internal sealed class PatientRunner(HostRoot root, TimeSpan patience, TimeSpan limit, FileMemory? memory = null)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly HungFiles _hung = new();
    private PatientThread? _lost;

    public PatientRunner(HostRoot root, TimeSpan limit, FileMemory? memory = null)
        : this(root, s_patience, limit, memory)
    {
    }

    /// <summary>The files and directories that hang now.</summary>
    public IReadOnlyList<string> Stuck => _hung.Names;

    /// <summary>Runs work that has a state of its own, which is made anew when it was given up in the middle.</summary>
    /// <param name="state">Kept by the caller from one run to the next.</param>
    /// <param name="create">Makes the state on the files that it gets.</param>
    /// <param name="work">May run again, with a new state.</param>
    /// <exception cref="TimeoutException">One file after another hangs, or what hangs is none.</exception>
    public TResult Run<TState, TResult>(ref (FileWatch Watch, TState State)? state, Func<HostRoot, TState> create, Func<TState, TResult> work)
        where TResult : class
    {
        // A thread for each try would be many by and by.
        if (_lost is { IsOver: false })
        {
            throw Overdue();
        }

        _lost = null;
        var deadline = new Deadline(limit);
        while (true)
        {
            var before = state;
            memory?.Begin();
            var watch = before?.Watch ?? new FileWatch(_hung);
            var thread = new PatientThread<Outcome<TState, TResult>>(() =>
            {
                var own = before is { } known ? known.State : create(root.WatchedBy(watch, memory));
                return new Outcome<TState, TResult>(own, work(own));
            });
            if (thread.IsDone(watch, patience, deadline))
            {
                var outcome = thread.Result;
                memory?.End();
                state = (watch, outcome.State);
                return outcome.Result;
            }

            // Its thread may come back to it.
            state = null;
            _lost = thread.IsOverdue ? thread : null;
            if (deadline.HasPassed)
            {
                throw Overdue();
            }
        }
    }

    /// <inheritdoc cref="Run{TState, TResult}(ref ValueTuple{FileWatch, TState}?, Func{HostRoot, TState}, Func{TState, TResult})"/>
    /// <summary>Runs work without a state.</summary>
    public T Run<T>(Func<HostRoot, T> work)
        where T : class
    {
        (FileWatch, HostRoot)? fresh = null;
        return Run(ref fresh, static root => root, work);
    }

    private TimeoutException Overdue() => new(Stuck is { Count: > 0 } stuck
        ? $"These files hang: {string.Join(", ", stuck)}. The kernel log may name the driver."
        : $"Reading this machine takes more than {limit.TotalSeconds:0} s. The kernel log may name a driver that does not answer.");

    private sealed class Outcome<TState, TResult>(TState state, TResult result)
    {
        public TState State => state;

        public TResult Result => result;
    }
}
