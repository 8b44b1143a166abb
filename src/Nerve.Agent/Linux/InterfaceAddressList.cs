using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Nerve.Agent.Linux;

/// <summary>The running kernel's interface addresses: <c>getifaddrs(3)</c>.</summary>
internal static unsafe partial class InterfaceAddressList
{
    private const ushort Ipv4 = 2;
    private const ushort Ipv6 = 10;

    /// <summary>In the kernel's order.</summary>
    public static IReadOnlyList<InterfaceAddress> Read()
    {
        var addresses = new List<InterfaceAddress>();
        if (GetAddresses(out var first) != 0)
        {
            return addresses;
        }

        try
        {
            for (var entry = first; entry is not null; entry = entry->Next)
            {
                if (Marshal.PtrToStringUTF8((nint)entry->Name) is { } name && Bytes(entry->Address) is { Length: > 0 } address)
                {
                    // An old-style second address has a label, "eth0:1".
                    addresses.Add(new(name.Split(':')[0], $"{new IPAddress(address)}/{PrefixLength(Bytes(entry->Mask))}"));
                }
            }
        }
        finally
        {
            FreeAddresses(first);
        }

        return addresses;
    }

    // sockaddr_in: family, port, address; sockaddr_in6: family, port, flow, address.
    private static ReadOnlySpan<byte> Bytes(byte* address) => address is null ? [] : *(ushort*)address switch
    {
        Ipv4 => new ReadOnlySpan<byte>(address + 4, 4),
        Ipv6 => new ReadOnlySpan<byte>(address + 8, 16),
        _ => [],
    };

    private static int PrefixLength(ReadOnlySpan<byte> mask)
    {
        var bits = 0;
        foreach (var part in mask)
        {
            bits += BitOperations.PopCount(part);
        }

        return bits;
    }

    [LibraryImport("libc", EntryPoint = "getifaddrs", SetLastError = true)]
    private static partial int GetAddresses(out Entry* first);

    [LibraryImport("libc", EntryPoint = "freeifaddrs")]
    private static partial void FreeAddresses(Entry* first);

    // The beginning of struct ifaddrs.
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public Entry* Next;
        public byte* Name;
        public uint Flags;
        public byte* Address;
        public byte* Mask;
    }
}
