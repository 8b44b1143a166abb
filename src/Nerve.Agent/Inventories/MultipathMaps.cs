namespace Nerve.Agent.Inventories;

/// <summary>A disk that the device mapper reaches in several ways.</summary>
internal sealed record MultipathMap(string Device, string? Name, IReadOnlyList<string> Paths);

internal static class MultipathMaps
{
    public static IReadOnlyList<MultipathMap> Collect(Machine machine)
    {
        var maps = new List<MultipathMap>();
        foreach (var device in machine.List("/sys/block"))
        {
            if (device.StartsWith("dm-", StringComparison.Ordinal)
                && machine.Line($"/sys/block/{device}/dm/uuid")?.StartsWith("mpath-", StringComparison.Ordinal) == true)
            {
                maps.Add(new MultipathMap(device, machine.Line($"/sys/block/{device}/dm/name"), machine.List($"/sys/block/{device}/slaves")));
            }
        }

        return maps;
    }
}
