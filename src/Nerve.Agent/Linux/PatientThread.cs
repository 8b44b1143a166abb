using System.Diagnostics.CodeAnalysis;

namespace Nerve.Agent.Linux;

/// <summary>Runs work on a thread of its own and gives the thread up when it hangs in a file.</summary>
internal static class PatientThread
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <returns>False when a file hangs. The work may still come back, long after; nobody waits for it.</returns>
    public static bool TryRun<T>(Func<T> work, FileWatch watch, TimeSpan patience, [NotNullWhen(true)] out T? result)
        where T : class
    {
        var run = new Run<T>(work);
        // Not one of the pool: the pool would shrink by each that never comes back.
        new Thread(run.Work) { IsBackground = true, Name = "files" }.Start();
        while (!run.Wait(s_look))
        {
            if (watch.GiveUp(patience) is not null)
            {
                result = null;
                return false;
            }
        }

        result = run.Result;
        return true;
    }

    private sealed class Run<T>(Func<T> work)
        where T : class
    {
        // Files take longer than spinning is worth.
        private readonly ManualResetEventSlim _done = new(initialState: false, spinCount: 0);
        private System.Runtime.ExceptionServices.ExceptionDispatchInfo? _failure;
        private T? _result;

        public T Result
        {
            get
            {
                _failure?.Throw();
                return _result!;
            }
        }

        public bool Wait(TimeSpan time) => _done.Wait(time);

        public void Work()
        {
            try
            {
                _result = work();
            }
#pragma warning disable CA1031 // It belongs to whoever waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }

            _done.Set();
        }
    }
}
