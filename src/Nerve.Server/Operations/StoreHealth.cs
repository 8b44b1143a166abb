using System.Data.Common;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Knows whether the store does its work, from those who use it, and says in the log when that changes.</summary>
/// <remarks>Whether it takes changes is told by what is really written: a probe of our own would be one more write, and prove less.</remarks>
public sealed partial class StoreHealth(IStorage storage, TimeProvider time, ILogger<StoreHealth> logger)
{
    /// <summary>A fault of writing that nobody met again for so long may be over: nobody may have written since.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(2);

    private readonly Lock _sync = new();
    private StoreFault? _fault;
    private long _seen;
    private bool _isOfWriting;

    /// <summary>What is wrong now; null when all is well.</summary>
    public StoreFault? Fault
    {
        get
        {
            lock (_sync)
            {
                return _fault;
            }
        }
    }

    /// <summary>What a failure, or one inside it, says of the store; null when it says nothing of it.</summary>
    public StoreFault? FaultIn(Exception? exception) =>
        exception is null ? null : storage.FaultOf(exception) ?? (exception is DbException { IsTransient: true } ? StoreFault.Away : FaultIn(exception.InnerException));

    /// <summary>Somebody could not use the store. Failures of another kind change nothing.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="writing">It was a change: that something can be read does not end it.</param>
    /// <returns>What is wrong with the store, if that was it.</returns>
    public StoreFault? Failed(Exception exception, bool writing = false)
    {
        if (FaultIn(exception) is { } fault)
        {
            Note(fault, writing);
            return fault;
        }

        return null;
    }

    /// <summary>Something was written.</summary>
    public void Wrote() => Heal(_ => true);

    /// <summary>Something was read, which says nothing of writing.</summary>
    public void Read() => Heal(fault => (fault == StoreFault.Away && !_isOfWriting) || time.GetElapsedTime(_seen) > s_memory);

    /// <summary>The store does not answer in time.</summary>
    /// <param name="writing">It was given something to change.</param>
    public void Silent(bool writing = false) => Note(StoreFault.Away, writing);

    private void Note(StoreFault fault, bool writing)
    {
        lock (_sync)
        {
            _isOfWriting = writing || (_isOfWriting && _fault is not null);
            _seen = time.GetTimestamp();
            if (_fault == fault)
            {
                return;
            }

            _fault = fault;
        }

        LogFault(logger, storage.Name, StoreFaultWords.Reason(fault));
    }

    private void Heal(Func<StoreFault, bool> isOver)
    {
        lock (_sync)
        {
            if (_fault is not { } fault || !isOver(fault))
            {
                return;
            }

            _fault = null;
        }

        LogHealed(logger, storage.Name);
    }

    [LoggerMessage(1, LogLevel.Error, "Trouble with the database {Name}: {Reason}")]
    private static partial void LogFault(ILogger logger, string name, string reason);

    [LoggerMessage(2, LogLevel.Information, "The database {Name} works again")]
    private static partial void LogHealed(ILogger logger, string name);
}
