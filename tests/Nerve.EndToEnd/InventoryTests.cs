using System.Text.Json;
using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>What goes over the wire when a part of a machine changes, seen between the real agent and the real center. The machine is a captured one.</summary>
public sealed class InventoryTests
{
    private const string Capture = "hwloc/32em64t-2n8c_dax_nvme_mic_dimms/root.tar.gz";
    private const int SizeOfModule = 0x0C;

    [Fact]
    public async Task Machine_ThatLosesAModuleAndThenAnInterfaceSetting_SendsOnlyTheSectionThatChanged()
    {
        await using var site = await Site.StartAsync("--heartbeat-interval", "1s", "--sample-interval", "1s");
        var machine = await Captures.UnpackAsync(Capture, site.At("machine"));
        await using var tap = new WireTap(site.Port);
        site.LaunchAgent(server: tap.Address, flags: ["--root", machine, "--inventory-interval", "1s"]);
        var agent = (await site.EventuallyAsync("it is online", site.Api.AgentsAsync, agents => agents.Any(one => one.Status == "online")))[0].Id;
        await site.EventuallyAsync("the whole has come", () => tap.Calls().Any(call => call.Method == "ReportInventory"));

        // A module of DDR3 in slot DIMM_A2 (SMBIOS type 17): a size of 0 is an empty slot.
        var module = Path.Combine(machine, "sys/firmware/dmi/entries/17-1/raw");
        var bytes = await File.ReadAllBytesAsync(module, TestContext.Current.CancellationToken);
        (bytes[SizeOfModule], bytes[SizeOfModule + 1]) = (0, 0);
        Replace(module, bytes);

        Assert.Equal(["Memory installed 32 GiB → 28 GiB", "DIMM_A2 removed"], await ChangesAsync("memory"));

        Replace(Path.Combine(machine, "sys/class/net/eth0/mtu"), "9000\n"u8.ToArray());

        Assert.Equal(["Interface eth0 MTU 1500 → 9000"], await ChangesAsync("network"));
        Assert.Equal(1, tap.Calls().Count(call => call.Method == "ReportInventory"));
        Assert.Equal(["memory", "network"], Sections(tap).Select(sections => string.Join(' ', sections)));

        // At once, or the agent sees half of it.
        void Replace(string path, byte[] content)
        {
            File.WriteAllBytes(site.At("new"), content);
            File.Move(site.At("new"), path, overwrite: true);
        }

        async Task<IEnumerable<string?>> ChangesAsync(string section)
        {
            await site.EventuallyAsync($"{section} has come", () => Sections(tap).Any(sections => sections.Contains(section)));
            var newest = await site.EventuallyAsync(
                $"the center knows of {section}",
                async () => (await site.Api.GetAsync<JsonElement>($"agents/{agent}/inventory/history")).GetProperty("items")[0],
                moment => moment.GetProperty("sections").EnumerateArray().Any(name => name.GetString() == section));
            var from = Uri.EscapeDataString(newest.GetProperty("previous").GetString()!);
            var changes = await site.Api.GetAsync<JsonElement>($"agents/{agent}/inventory/changes?from={from}");
            return changes.GetProperty("items").EnumerateArray().Select(change => change.GetProperty("label").GetString());
        }
    }

    private static IEnumerable<List<string>> Sections(WireTap tap) => tap.Calls().Where(call => call.Method == "ReportInventorySections")
        .Select(call => call.Argument.GetProperty("sections").EnumerateObject().Select(section => section.Name).ToList());
}
