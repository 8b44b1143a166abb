using System.Security.Claims;

namespace Nerve.Server.Identity;

internal static class CurrentUser
{
    /// <summary>The person, or <c>token:NAME</c> for a program, with the id where its token has no name.</summary>
    public static string DisplayName(this ClaimsPrincipal principal) => principal.Identity?.Name ?? "unknown";

    /// <exception cref="InvalidOperationException">The route does not require the agent policy.</exception>
    public static Guid AgentId(this ClaimsPrincipal principal) =>
        Guid.Parse(principal.FindFirstValue(Schemes.AgentClaim) ?? throw new InvalidOperationException("The caller is no agent."));
}
