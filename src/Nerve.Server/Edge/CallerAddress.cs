namespace Nerve.Server.Edge;

internal static class CallerAddress
{
    /// <summary>Where a request came from, for people: an IPv4 address as such, also when it came to a socket for both.</summary>
    public static string? Of(HttpContext? context) =>
        context?.Connection.RemoteIpAddress is { } address ? $"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}" : null;
}
