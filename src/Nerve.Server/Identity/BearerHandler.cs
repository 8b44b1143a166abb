using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Nerve.Protocol;
using Nerve.Server.Agents;

namespace Nerve.Server.Identity;

/// <summary>Marks a route where a dead agent credential means that the agent in the address is gone: 404 instead of 401.</summary>
internal sealed class AgentNotFound;

/// <summary>Reads <c>Authorization: Bearer</c>. The prefix of the secret says which kind it is; each kind opens its own routes only.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    ITokenStore tokens, IAgentStore agents, NerveServerOptions server, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string DebugEnrolmentToken = "test";

    private (string Code, string Detail)? _reason;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (string.Equals(header, "Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return Refuse("auth.scheme", "No token follows 'Bearer'. Add one, or leave the Authorization header out to use the session of a browser.");
        }

        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Refuse("auth.scheme", "Only 'Authorization: Bearer TOKEN' is understood.");
        }

        var secret = header["Bearer ".Length..].Trim();
        var principal = secret switch
        {
            _ when secret.StartsWith(Secret.AgentPrefix, StringComparison.Ordinal) => await AgentAsync(Secret.Hash(secret)),
            _ when secret.StartsWith(Secret.ApiPrefix, StringComparison.Ordinal) => await ProgramAsync(Secret.Hash(secret)),
            _ when secret.StartsWith(Secret.EnrolmentPrefix, StringComparison.Ordinal) => await EnrolmentAsync(Secret.Hash(secret)),
            DebugEnrolmentToken when server.Debug => Schemes.Principal(Schemes.Bearer, "debug", nameof(Policies.Enrolment)),
            _ => Refused("auth.unknownToken", "This token is not known here."),
        };
        return principal is null
            ? AuthenticateResult.Fail(_reason!.Value.Detail)
            : AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var (code, detail) = _reason ?? ("auth.required", "Sign in, or send 'Authorization: Bearer TOKEN'.");
        var isMissingAgent = code == ProblemCodes.AgentUnknown && Context.GetEndpoint()?.Metadata.GetMetadata<AgentNotFound>() is not null;
        if (!isMissingAgent)
        {
            Response.Headers.WWWAuthenticate = "Bearer";
        }

        await Results.Problem(
                detail,
                statusCode: isMissingAgent ? StatusCodes.Status404NotFound : StatusCodes.Status401Unauthorized,
                extensions: new Dictionary<string, object?> { ["code"] = code })
            .ExecuteAsync(Context);
    }

    private async Task<ClaimsPrincipal?> AgentAsync(string hash) =>
        await agents.FindByCredentialAsync(hash, Context.RequestAborted) is { } agent
            ? Schemes.Principal(Schemes.Bearer, agent.Hostname, nameof(Policies.Agent), new Claim(Schemes.AgentClaim, agent.Id.ToString()))
            : Refused(ProblemCodes.AgentUnknown, "No agent has this credential (any more): enrol again.");

    private async Task<ClaimsPrincipal?> ProgramAsync(string hash)
    {
        var token = await tokens.FindApiTokenAsync(hash, Context.RequestAborted);
        return IsAlive(token?.RevokedAt, token?.ExpiresAt, token is null)
            ? Schemes.Principal(
                Schemes.Bearer, "token:" + Called(token!.Name, token.Id), token.Role.ToString(), new Claim(Schemes.TokenHashClaim, token.SecretHash))
            : null;
    }

    /// <summary>What tokens without a name do must be told apart, too.</summary>
    private static string Called(string name, Guid id) => name.Length > 0 ? name : id.ToString();

    private async Task<ClaimsPrincipal?> EnrolmentAsync(string hash)
    {
        var token = await tokens.FindEnrolTokenAsync(hash, Context.RequestAborted);
        if (token is { MaxUses: { } max } && token.Uses >= max)
        {
            return Refused("auth.tokenUsedUp", "This enrolment token has been used as often as it may be: create a new one.");
        }

        return IsAlive(token?.RevokedAt, token?.ExpiresAt, token is null)
            ? Schemes.Principal(
                Schemes.Bearer, Called(token!.Name, token.Id), nameof(Policies.Enrolment), new Claim(Schemes.EnrolTokenClaim, token.Id.ToString()))
            : null;
    }

    private bool IsAlive(DateTimeOffset? revokedAt, DateTimeOffset? expiresAt, bool unknown)
    {
        _reason = unknown ? ("auth.unknownToken", "This token is not known here.")
            : revokedAt is not null ? ("auth.tokenRevoked", "This token was revoked: create a new one.")
            : expiresAt <= time.GetUtcNow() ? ("auth.tokenExpired", "This token has expired: create a new one.")
            : null;
        return _reason is null;
    }

    private ClaimsPrincipal? Refused(string code, string detail)
    {
        _reason = (code, detail);
        return null;
    }

    private AuthenticateResult Refuse(string code, string detail)
    {
        _reason = (code, detail);
        return AuthenticateResult.Fail(detail);
    }
}
