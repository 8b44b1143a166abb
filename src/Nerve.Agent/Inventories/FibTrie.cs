using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>Finds a machine's IPv4 addresses in a recorded <c>/proc/net/fib_trie</c>, and their interfaces in <c>/proc/net/route</c>.</summary>
internal static class FibTrie
{
    private const uint LoopbackNetwork = 127;

    public static IEnumerable<InterfaceAddress> Addresses(string trie, string routes)
    {
        var networks = Networks(routes).ToList();
        foreach (var address in Local(trie).Distinct())
        {
            // The interface whose connected network, the narrowest if several, the address is part of.
            var network = networks.Where(network => (address & network.Mask) == network.Address).MaxBy(network => network.Mask);
            if (network is not null)
            {
                yield return new(network.Interface, $"{Text(address)}/{uint.PopCount(network.Mask)}");
            }
            else if (address >> 24 == LoopbackNetwork)
            {
                yield return new("lo", $"{Text(address)}/8");
            }
        }
    }

    // An address of the machine is a leaf "|-- 10.0.0.2" followed by "/32 host LOCAL".
    private static IEnumerable<uint> Local(string trie)
    {
        uint? leaf = null;
        foreach (var line in trie.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("|-- ", StringComparison.Ordinal))
            {
                leaf = IPAddress.TryParse(line[4..], out var address) ? BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()) : null;
            }
            else if (line == "/32 host LOCAL" && leaf is { } local)
            {
                yield return local;
            }
        }
    }

    // Interface, destination, gateway, flags, …, mask: numbers in hexadecimal, bytes in the machine's order.
    private static IEnumerable<Network> Networks(string routes)
    {
        foreach (var line in routes.Split('\n').Skip(1))
        {
            if (line.Split('\t', StringSplitOptions.TrimEntries) is [var name, var destination, "00000000", _, _, _, _, var mask, ..]
                && Word(destination) is { } address
                && Word(mask) is > 0 and var bits)
            {
                yield return new(name, address, bits);
            }
        }
    }

    private static uint? Word(string text) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var word) ? BinaryPrimitives.ReverseEndianness(word) : null;

    private static string Text(uint address) => new IPAddress(BinaryPrimitives.ReverseEndianness(address)).ToString();

    private sealed record Network(string Interface, uint Address, uint Mask);
}
