using System.Security.Claims;

namespace Nerve.Server.Identity;

/// <summary>Whether what someone signed in with still opens anything.</summary>
public sealed class CredentialService(IUserStore users, ITokenStore tokens, TimeProvider time)
{
    public async Task<bool> HoldAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        if (principal.FindFirstValue(Schemes.StampClaim) is { } stamp)
        {
            return (await users.FindAsync(principal.DisplayName(), cancellationToken))?.Stamp == stamp;
        }

        if (principal.FindFirstValue(Schemes.TokenHashClaim) is { } hash)
        {
            var token = await tokens.FindApiTokenAsync(hash, cancellationToken);
            return token is { RevokedAt: null } && !(token.ExpiresAt <= time.GetUtcNow());
        }

        return principal.FindFirstValue(Schemes.ViaClaim) == Schemes.Debug;
    }
}
