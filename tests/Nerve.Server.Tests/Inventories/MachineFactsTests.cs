using Nerve.Protocol.Inventories;
using Nerve.Server.Inventories;

namespace Nerve.Server.Tests.Inventories;

public sealed class MachineFactsTests
{
    [Theory]
    [InlineData("debian", "Debian GNU/Linux 12 (bookworm)", "12", "Debian GNU/Linux 12 (bookworm)")]
    [InlineData("ubuntu", "Ubuntu", "24.04", "Ubuntu 24.04")]
    [InlineData("arch", "Arch Linux", null, "Arch Linux")]
    [InlineData("alpine", null, "3.20", "alpine")]
    public void Of_OperatingSystem_SaysItsVersionOnce(string id, string? name, string? version, string expected) =>
        Assert.Equal(expected, MachineFacts.Of(new Inventory { Host = new HostInfo { Os = new OsInfo(id, name, version) } }).Os);
}
