using System.Security.Cryptography;

namespace Nerve.Server.Nodes;

/// <summary>This process among the nodes of one control plane. A restart makes another one of it: what the former knew is gone.</summary>
public sealed record NodeIdentity(string Id)
{
    public static NodeIdentity Create() => new($"{Environment.MachineName}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
}
