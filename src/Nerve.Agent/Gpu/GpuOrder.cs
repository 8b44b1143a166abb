namespace Nerve.Agent.Gpu;

/// <summary>Numbers the GPUs of a machine by PCI address, whoever made them, so that the inventory and every probe mean the same one.</summary>
internal static class GpuOrder
{
    public static IReadOnlyList<string> Of(IEnumerable<string> onTheBus, IEnumerable<string> known) =>
        [.. onTheBus.Concat(known).Distinct(StringComparer.OrdinalIgnoreCase).Order(ByAddress.Instance)];

    /// <summary>As numbers: all parts are hexadecimal and of a fixed length, but for the domain.</summary>
    public sealed class ByAddress : IComparer<string>
    {
        public static ByAddress Instance { get; } = new();

        public int Compare(string? x, string? y) =>
            x?.Length != y?.Length ? (x?.Length ?? 0) - (y?.Length ?? 0) : string.Compare(x, y, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Its number; one past the last when it is not among them.</summary>
    public static int IndexOf(IReadOnlyList<string> order, string address)
    {
        for (var i = 0; i < order.Count; i++)
        {
            if (string.Equals(order[i], address, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return order.Count;
    }
}
