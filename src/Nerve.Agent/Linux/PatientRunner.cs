using System.Collections.Concurrent;

namespace Nerve.Agent.Linux;

/// <summary>Runs work that reads a machine's files, and does not wait with it for a file that hangs: its thread is given up, and the work is done
/// again without that file by another.</summary>
internal sealed class PatientRunner(HostRoot root, TimeSpan patience)
{
    // Enough for a driver with several files; beyond it the machine is too ill to be described.
    private const int MostGivenUp = 8;

    private readonly ConcurrentDictionary<string, string> _stuck = new(StringComparer.Ordinal);

    public PatientRunner(HostRoot root)
        : this(root, TimeSpan.FromSeconds(2))
    {
    }

    /// <summary>The files that hang now.</summary>
    public IReadOnlyList<string> Stuck => [.. _stuck.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Runs work that has a state of its own, which is made anew when it was given up in the middle.</summary>
    /// <param name="state">Kept by the caller from one run to the next.</param>
    /// <param name="create">Makes the state on the files that it gets.</param>
    /// <param name="work">May run again, with a new state.</param>
    /// <exception cref="TimeoutException">One file after another hangs.</exception>
    public TResult Run<TState, TResult>(ref (FileWatch Watch, TState State)? state, Func<HostRoot, TState> create, Func<TState, TResult> work)
        where TResult : class
    {
        for (var given = 0; given <= MostGivenUp; given++)
        {
            if (state is not { } current)
            {
                var watch = new FileWatch(_stuck);
                state = current = (watch, create(root.WatchedBy(watch)));
            }

            if (PatientThread.TryRun(() => work(current.State), current.Watch, patience, out var result))
            {
                return result;
            }

            // Its thread may come back to it.
            state = null;
        }

        throw new TimeoutException($"These files hang: {string.Join(", ", Stuck)}. The kernel log may name the driver.");
    }

    /// <inheritdoc cref="Run{TState, TResult}(ref ValueTuple{FileWatch, TState}?, Func{HostRoot, TState}, Func{TState, TResult})"/>
    /// <summary>Runs work without a state.</summary>
    public T Run<T>(Func<HostRoot, T> work)
        where T : class
    {
        (FileWatch, HostRoot)? fresh = null;
        return Run(ref fresh, static root => root, work);
    }
}
