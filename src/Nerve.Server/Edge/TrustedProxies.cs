using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Nerve.Server.Edge;

/// <summary>Who may say for whom it asks. Anybody can write <c>X-Forwarded-For</c>: it is believed of these peers only, from the nearest on and as far
/// back as they reach.</summary>
public static class TrustedProxies
{
    /// <summary>Null for an address or a network, else why it is neither, to be read after the quoted text.</summary>
    public static string? Problem(string text) =>
        TryParse(text, out _) ? null : "is not an address or a network; write for example 10.0.0.7 or 10.0.0.0/8, with nothing but zeros behind the prefix";

    public static IPNetwork Parse(string text) =>
        TryParse(text, out var network) ? network : throw new FormatException($"'{text}' {Problem(text)}");

    internal static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<IPNetwork> proxies)
    {
        if (proxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null, // proxies may stand in a row; the first that is not ours ends it
        };
        options.KnownProxies.Clear(); // loopback too is trusted only when it is named
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        app.UseForwardedHeaders(options);
    }

    private static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        return TryAddress(text.Split('/')[0], out var address)
            && IPNetwork.TryParse(text.Contains('/', StringComparison.Ordinal) ? text : $"{text}/{Bits(address)}", out network)
            && network.BaseAddress.Equals(address); // 10.0.0.1/8 meant one host, perhaps, and would let in sixteen million
    }

    /// <summary>Old ways to write addresses, such as 10.1 or 010.0.0.1, mean something else to other programs.</summary>
    private static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
}
