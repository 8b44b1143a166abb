using System.Net;
using System.Net.Sockets;
using Nerve.Configuration;

namespace Nerve.Center;

/// <summary>Asks for the address before anything is started, so that a refusal is one clear line and not a failed start half way.</summary>
internal static class PortProbe
{
    /// <exception cref="StartException">It is in use, not ours to take, or not an address of this machine.</exception>
    public static void Check(ListenAddress address)
    {
        try
        {
            using var listener = new TcpListener(Resolve(address), address.Port);
            if (address.AllInterfaces && Socket.OSSupportsIPv6)
            {
                listener.Server.DualMode = true;
            }

            listener.Start();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StartException(
                $"addr: {address} is in use by another program. Stop it, or choose another port with --addr.", inner: exception);
        }
        catch (SocketException exception)
        {
            throw new StartException($"addr: cannot listen on {address}: {exception.Message}. Choose another address with --addr.", inner: exception);
        }
    }

    public static IPAddress Resolve(ListenAddress address) =>
        address.AllInterfaces ? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any)
        : IPAddress.TryParse(address.Host, out var ip) ? ip
        : Dns.GetHostAddresses(address.Host)[0];
}
