using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Nerve.Center.Tls;

/// <summary>What this center is called by those who connect to it: the names of its certificate.</summary>
internal static class CenterNames
{
    /// <summary>A machine of containers has hundreds of addresses, of which nobody calls more than a few.</summary>
    private const int MostAddresses = 50;

    private static readonly IdnMapping s_idn = new();

    /// <summary>Null for a host name (which may begin with <c>*.</c>) or an address.</summary>
    public static string? Problem(string name) => Written(name) is null ? "is no host name and no address; write for example center.example.com" : null;

    /// <summary>This machine's host names and addresses, <c>localhost</c>, and what else it is known by.</summary>
    public static IReadOnlyCollection<string> All(IEnumerable<string> further) =>
        [.. further.Concat(["localhost", "127.0.0.1", "::1", Dns.GetHostName(), FullName()]).Concat(Addresses())
            .Select(Written).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];

    public static X509Extension Extension(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }

    /// <summary>Whether a certificate names all of these.</summary>
    public static bool AreIn(X509Certificate2 certificate, IEnumerable<string> names) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } named
        && names.All(name => IPAddress.TryParse(name, out var address)
            ? named.EnumerateIPAddresses().Contains(address)
            : named.EnumerateDnsNames().Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>As a certificate names it, in ASCII; null if it can be no name.</summary>
    private static string? Written(string name)
    {
        var (first, rest) = name.StartsWith("*.", StringComparison.Ordinal) ? ("*.", name[2..]) : ("", name);
        try
        {
            return Uri.CheckHostName(rest) switch
            {
                UriHostNameType.Dns => first + s_idn.GetAscii(rest),
                UriHostNameType.IPv4 or UriHostNameType.IPv6 when first.Length == 0 => rest,
                _ => null,
            };
        }
        catch (ArgumentException)
        {
            return null; // too long when it is in ASCII
        }
    }

    /// <summary>With its domain, if the resolver knows it.</summary>
    private static string FullName()
    {
        var name = Dns.GetHostName();
        try
        {
            return Dns.GetHostEntry(name).HostName;
        }
        catch (SocketException)
        {
            return name;
        }
    }

    /// <summary>Those of interfaces that lead on to other networks first.</summary>
    private static IEnumerable<string> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus != OperationalStatus.Down)
        .Select(network => network.GetIPProperties())
        .OrderByDescending(network => network.GatewayAddresses.Count > 0)
        .SelectMany(network => network.UnicastAddresses.Select(unicast => unicast.Address).Where(address => !address.IsIPv6LinkLocal))
        .Select(address => address.ToString())
        .Take(MostAddresses);
}
