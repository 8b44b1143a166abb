using Microsoft.Extensions.Logging;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Link;

/// <summary>Looks at the machine when the agent starts and every few minutes, and knows what the center last took.</summary>
internal sealed partial class InventoryWatch(Func<Inventory> collect, TimeProvider time, ILogger<InventoryWatch> log)
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private readonly ChangeSignal _changed = new();
    private volatile Observed? _latest;

    public Observed? Latest => _latest;

    /// <summary>The next change of <see cref="Latest"/>.</summary>
    public Task Changed => _changed.Next;

    /// <summary>The hash that the center has, as far as this process knows.</summary>
    public string? AcknowledgedHash { get; set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await LookAsync(cancellationToken);
            await Task.Delay(Period, time, cancellationToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A hung driver keeps this thread, not the agent.
            var observed = await Task.Run(Collect, cancellationToken).WaitAsync(cancellationToken);
            if (observed.Hash != _latest?.Hash)
            {
                _latest = observed;
                _changed.Raise();
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure);
        }
    }

    private Observed Collect()
    {
        var inventory = collect();
        return new Observed(inventory, inventory.Hash());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The inventory could not be collected")]
    private partial void LogFailed(Exception failure);

    internal sealed record Observed(Inventory Inventory, string Hash);
}
