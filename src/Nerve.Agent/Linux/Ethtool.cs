using System.Runtime.InteropServices;
using System.Text;

namespace Nerve.Agent.Linux;

/// <summary>Asks a network card's driver: the <c>SIOCETHTOOL</c> request of <c>linux/ethtool.h</c>. Needs no privilege.</summary>
internal static unsafe partial class Ethtool
{
    private const int Internet = 2;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;
    private const nuint Request = 0x8946;
    private const int NameSize = 16;

    /// <summary>ETHTOOL_GDRVINFO: command, driver (32), version (32), firmware (32), …</summary>
    private const uint DriverInfo = 3;
    private const int DriverInfoSize = 196;
    private const int FirmwareOffset = 68;
    private const int TextSize = 32;

    /// <summary>The card's firmware version; null when the driver does not say.</summary>
    public static string? Firmware(string name)
    {
        var answer = stackalloc byte[DriverInfoSize];
        if (!Ask(name, DriverInfo, answer, DriverInfoSize))
        {
            return null;
        }

        var text = new ReadOnlySpan<byte>(answer + FirmwareOffset, TextSize);
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]).Trim() is { Length: > 0 } firmware && firmware != "N/A" ? firmware : null;
    }

    private static bool Ask(string name, uint command, byte* answer, int size)
    {
        new Span<byte>(answer, size).Clear();
        *(uint*)answer = command;
        // struct ifreq: the name, then a union that holds a pointer.
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        if (Encoding.UTF8.GetByteCount(name) >= NameSize)
        {
            return false;
        }

        Encoding.UTF8.GetBytes(name, new Span<byte>(request, NameSize));
        *(byte**)(request + NameSize) = answer;
        var socket = OpenSocket(Internet, Datagram | CloseOnExec, 0);
        if (socket < 0)
        {
            return false;
        }

        var result = Control(socket, Request, request);
        Close(socket);
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int OpenSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
