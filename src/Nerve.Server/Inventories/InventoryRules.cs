using Nerve.Protocol.Inventories;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories;

/// <summary>What JSON lets through and a list must not contain: nothing.</summary>
internal static class InventoryRules
{
    public static void Check(Inventory inventory)
    {
        var errors = new Dictionary<string, string[]>();
        CheckList("gpus", inventory.Gpus, errors);
        CheckList("disks", inventory.Disks, errors);
        CheckList("raids", inventory.Raids, errors);
        CheckList("filesystems", inventory.Filesystems, errors);
        CheckList("network", inventory.Network, errors);
        CheckList("infiniband", inventory.Infiniband, errors);
        CheckList("problems", inventory.Problems, errors);
        CheckList("network.addresses", [.. inventory.Network.Where(nic => nic is not null).SelectMany(nic => nic.Addresses)], errors);
        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }
    }

    private static void CheckList<T>(string field, IReadOnlyList<T> items, Dictionary<string, string[]> errors)
    {
        if (items.Any(item => item is null))
        {
            errors[field] = ["must not contain null"];
        }
    }
}
