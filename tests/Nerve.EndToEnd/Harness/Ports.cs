using System.Net;
using System.Net.Sockets;

namespace Nerve.EndToEnd.Harness;

/// <summary>Free ports below those that the kernel gives to outgoing connections, so that none of these takes one away
/// while its center is down.</summary>
internal static class Ports
{
    private static readonly HashSet<int> s_given = [];

    public static int Free()
    {
        lock (s_given)
        {
            while (true)
            {
                var port = Random.Shared.Next(12_000, 32_000);
                if (!s_given.Contains(port) && IsFree(port))
                {
                    s_given.Add(port);
                    return port;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
