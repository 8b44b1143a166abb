using System.Globalization;

namespace Nerve.Configuration;

/// <summary>Where to listen: <c>localhost:8090</c>, <c>[::1]:8090</c>, or <c>:8090</c> for all interfaces. Port 0 takes a free one.</summary>
/// <param name="Host">A name or address without brackets; empty for all interfaces.</param>
/// <param name="Port">0 to 65535.</param>
public sealed record ListenAddress(string Host, int Port)
{
    public bool AllInterfaces => Host.Length == 0;

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new ListenAddress("", 0);
        var colon = text.LastIndexOf(':');
        if (colon < 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > 65535)
        {
            return false;
        }

        var host = text[..colon];
        if (host is ['[', .. var inner, ']'])
        {
            host = inner;
            if (Uri.CheckHostName(host) != UriHostNameType.IPv6)
            {
                return false;
            }
        }
        else if (host.Length > 0 && Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        address = new ListenAddress(host, port);
        return true;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
