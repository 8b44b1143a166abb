using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Completes cards that lack a name or a serial number with what AMD's tool says, and remembers it, also that it says nothing: many cards have
/// no serial number, and a program of Python is not to be started for each inventory.</summary>
/// <param name="ask">Starts the tool; null when there is none.</param>
internal sealed class AmdNames(TimeProvider time, Func<IReadOnlyList<GpuInfo>?> ask)
{
    // The tool may have come before the driver was ready.
    private static readonly TimeSpan s_period = TimeSpan.FromHours(24);

    private readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<GpuInfo> _cards = [];
    private long _askedAt;

    public IReadOnlyList<GpuInfo> Complete(IReadOnlyList<GpuInfo> gpus)
    {
        List<GpuInfo> incomplete = [.. gpus.Where(gpu => gpu is { Vendor: "AMD", PciAddress: not null } and ({ Model: null } or { Serial: null }))];
        if (incomplete.Exists(gpu => !_asked.Contains(gpu.PciAddress!) || time.GetElapsedTime(_askedAt) >= s_period) && ask() is { } cards)
        {
            (_cards, _askedAt) = (cards, time.GetTimestamp());
            incomplete.ForEach(gpu => _asked.Add(gpu.PciAddress!));
        }

        return incomplete.Count > 0 ? RocmSmi.Add(gpus, _cards) : gpus;
    }
}
