using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>The addresses of each interface, with their prefix length: <c>10.0.0.2/24</c>.</summary>
internal static class InterfaceAddresses
{
    public static ILookup<string, string> Collect(Machine machine) =>
        (machine.Root.IsLive ? machine.Root.Ask("getifaddrs", InterfaceAddressList.Read) ?? [] : Recorded(machine)).ToLookup(entry => entry.Interface, entry => entry.Address);

    private static IEnumerable<InterfaceAddress> Recorded(Machine machine)
    {
        var net = NetworkFiles.Directory(machine.Root);
        return FibTrie.Addresses(machine.Text($"{net}/fib_trie") ?? "", machine.Text($"{net}/route") ?? "")
            .Concat(Ipv6(machine.Text($"{net}/if_inet6") ?? ""));
    }

    // "fe80000000000000021b21fffe6a0b0c 02 40 20 80     eth0"
    private static IEnumerable<InterfaceAddress> Ipv6(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ Length: 32 } address, _, var prefix, _, _, var name]
                && address.All(char.IsAsciiHexDigit)
                && Number.Hex(prefix) is >= 0 and <= 128 and var length)
            {
                yield return new(name, $"{new System.Net.IPAddress(Convert.FromHexString(address))}/{length}");
            }
        }
    }
}
