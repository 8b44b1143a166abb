using Microsoft.Extensions.Logging;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Link;

/// <summary>Looks at the machine when the agent starts and every few minutes, and knows what the center last took.</summary>
internal sealed partial class InventoryWatch(Func<Inventory> collect, Rhythm rhythm, TimeProvider time, ILogger<InventoryWatch> log)
{
    /// <summary>After so long the center gets the whole again, changed or not.</summary>
    public static readonly TimeSpan WholePeriod = TimeSpan.FromHours(24);

    private const int NormalSeconds = 300;

    private readonly ChangeSignal _looked = new();
    private volatile Observed? _latest;
    private long _wholeAt;

    public Observed? Latest => _latest;

    /// <summary>The next look at the machine.</summary>
    public Task Looked => _looked.Next;

    /// <summary>What the center has, as far as this process knows.</summary>
    public Observed? Acknowledged { get; private set; }

    /// <summary>Whether the center needs to hear of the latest look.</summary>
    public bool IsReportDue => _latest is { } latest && (latest.Hash != Acknowledged?.Hash || IsWholeDue);

    /// <summary>Whether it is time for the whole, for the center has none or an old one.</summary>
    public bool IsWholeDue => Acknowledged is null || time.GetElapsedTime(_wholeAt) >= WholePeriod;

    public void Acknowledge(Observed taken, bool whole)
    {
        Acknowledged = taken;
        _wholeAt = whole ? time.GetTimestamp() : _wholeAt;
    }

    /// <summary>The center has lost it.</summary>
    public void Forget() => Acknowledged = null;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            await LookAsync(cancellationToken);
            await rhythm.WaitAsync(started, settings => settings.InventorySeconds ?? NormalSeconds, cancellationToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A hung driver keeps this thread, not the agent.
            _latest = await Task.Run(Collect, cancellationToken).WaitAsync(cancellationToken);
            _looked.Raise();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure);
        }
    }

    private Observed Collect()
    {
        var inventory = collect();
        return new Observed(inventory, InventorySections.HashesOf(inventory));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The inventory could not be collected")]
    private partial void LogFailed(Exception failure);

    internal sealed record Observed(Inventory Inventory, IReadOnlyDictionary<string, string> Sections)
    {
        public string Hash { get; } = InventorySections.HashOf(Sections);

        /// <summary>What a center that has <paramref name="known"/> needs to have this.</summary>
        public InventoryUpdate Since(Observed known) =>
            new(Inventory.CollectedAt, Sections, InventorySections.Pick(Inventory, InventorySections.Changed(known.Sections, Sections)));
    }
}
