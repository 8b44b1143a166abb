using System.Security.Cryptography;
using System.Text;

namespace Nerve.Server.Identity;

/// <summary>The secrets this program hands out: 256 random bits behind a prefix that says what they open.</summary>
/// <remarks>Only the SHA-256 is kept. A fast hash is right here, unlike for passwords: 256 random bits cannot be guessed.</remarks>
public static class Secret
{
    public const string ApiPrefix = "nvt_";
    public const string AgentPrefix = "nva_";
    public const string EnrolmentPrefix = "nve_";

    public static string Create(string prefix) =>
        prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>SHA-256 in hexadecimal. Looking it up by equality tells a guesser nothing: to steer the hash, one must know the secret.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
