using System.Runtime.ExceptionServices;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Linux;

/// <summary>Work on a thread of its own, which is given up when it hangs.</summary>
internal abstract class PatientThread
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    // Files take longer than spinning is worth.
    private readonly ManualResetEventSlim _over = new(initialState: false, spinCount: 0);

    public bool IsOver => _over.IsSet;

    /// <summary>It hangs, and not in a file that could be left out.</summary>
    public bool IsOverdue { get; private set; }

    /// <returns>False when it hangs. It may still come back, long after; nobody waits for it.</returns>
    public bool IsDone(FileWatch watch, TimeSpan patience, Deadline deadline)
    {
        while (!_over.Wait(s_look))
        {
            var isLate = deadline.HasPassed;
            if (watch.GiveUp(isLate ? TimeSpan.Zero : patience) is not null)
            {
                return false;
            }

            if (isLate)
            {
                IsOverdue = true;
                return false;
            }
        }

        return true;
    }

    // Not one of the pool: the pool would shrink by each that never comes back.
    protected void Start() => new Thread(Run) { IsBackground = true, Name = "files" }.Start();

    protected abstract void Work();

    private void Run()
    {
        Work();
        _over.Set();
    }
}

/// <inheritdoc cref="PatientThread"/>
internal sealed class PatientThread<T> : PatientThread
    where T : class
{
    private readonly Func<T> _work;
    private ExceptionDispatchInfo? _failure;
    private T? _result;

    public PatientThread(Func<T> work)
    {
        _work = work;
        Start();
    }

    /// <summary>What it gave, or threw. Only after it is over.</summary>
    public T Result
    {
        get
        {
            _failure?.Throw();
            return _result!;
        }
    }

    protected override void Work()
    {
        try
        {
            _result = _work();
        }
#pragma warning disable CA1031 // It belongs to whoever waits.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
