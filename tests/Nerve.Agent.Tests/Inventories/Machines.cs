using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

internal static class Machines
{
    public static Inventory Collect(HostRoot root) => new InventoryCollector(root, TimeProvider.System, "1.0.0").Collect();
}
