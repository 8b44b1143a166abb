namespace Nerve.Agent.Linux;

/// <param name="Address">With its prefix length: <c>10.0.0.2/24</c>.</param>
internal sealed record InterfaceAddress(string Interface, string Address);
