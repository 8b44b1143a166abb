using System.Security.Claims;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Nerve.Server.Audit;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LoginRequest(string Username, string Password) : IAuditDetail
{
    string? IAuditDetail.AuditActor => Username.Length <= 64 ? Username.ToLowerInvariant() : Username[..64].ToLowerInvariant();

    string? IAuditDetail.AuditDetail => null;
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PasswordChange(string Current, string Next);

/// <param name="Via"><c>cookie</c>, <c>bearer</c> or <c>debug</c>.</param>
public sealed record Me(string Username, Role Role, string Via);

internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/auth").WithTags("Identity");
        group.MapPost("/login", LoginAsync).Audited("auth.login").AllowAnonymous().RequireRateLimiting(LoginLimit.Name).WithSummary("Sign in; sets the session cookie");
        group.MapPost("/logout", LogoutAsync).Audited("auth.logout").RequireAuthorization(Policies.Viewer).WithSummary("End the session");
        group.MapGet("/me", GetMe).RequireAuthorization(Policies.Viewer).WithSummary("Who am I");
        group.MapPost("/password", ChangePasswordAsync).Audited("auth.password").RequireAuthorization(Policies.Viewer).RequireRateLimiting(LoginLimit.Name)
            .WithSummary("Change my password; ends my other sessions");
    }

    private static async Task<Me> LoginAsync(LoginRequest request, UserService users, HttpContext context, CancellationToken cancellationToken)
    {
        var user = await users.VerifyAsync(request.Username, request.Password, cancellationToken)
            ?? throw new ProblemException(StatusCodes.Status401Unauthorized, "auth.wrong", "The user name or the password is wrong.");
        await context.SignInAsync(Schemes.Cookie, SessionCookie.PrincipalOf(user));
        return new Me(user.Username, user.Role, "cookie");
    }

    private static async Task<NoContent> LogoutAsync(HttpContext context, CancellationToken _)
    {
        await context.SignOutAsync(Schemes.Cookie);
        return TypedResults.NoContent();
    }

    private static Me GetMe(ClaimsPrincipal user) => new(
        user.DisplayName(), Enum.Parse<Role>(user.FindFirstValue(ClaimTypes.Role)!), user.FindFirstValue(Schemes.ViaClaim)!);

    private static async Task<NoContent> ChangePasswordAsync(
        PasswordChange change, ClaimsPrincipal principal, UserService users, HttpContext context, CancellationToken cancellationToken)
    {
        if (principal.FindFirstValue(Schemes.ViaClaim) != "cookie")
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, "auth.noPassword", "Only a signed-in person has a password to change.");
        }

        _ = await users.VerifyAsync(principal.DisplayName(), change.Current, cancellationToken)
            ?? throw Problems.Invalid("current", "is not the current password");
        await users.SetPasswordAsync(principal.DisplayName(), change.Next, cancellationToken);
        var user = await users.VerifyAsync(principal.DisplayName(), change.Next, cancellationToken);
        await context.SignInAsync(Schemes.Cookie, SessionCookie.PrincipalOf(user!));
        return TypedResults.NoContent();
    }
}

/// <summary>Guessing passwords is slow: ten tries a minute from one address.</summary>
internal static class LoginLimit
{
    public const string Name = "login";

    private const int Tries = 10;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    public static void Add(IServiceCollection services)
    {
        services.AddRateLimiter();
        services.AddOptions<RateLimiterOptions>().Configure<IAttemptLimits>(Configure);
    }

    private static void Configure(RateLimiterOptions options, IAttemptLimits limits)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = static async (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = "60";
            await Results.Problem("Too many passwords were tried from this address: wait a minute.", statusCode: StatusCodes.Status429TooManyRequests)
                .ExecuteAsync(context.HttpContext);
        };
        options.AddPolicy(Name, context => RateLimitPartition.Get(
            $"{context.GetEndpoint()?.DisplayName} {context.Connection.RemoteIpAddress}", what => limits.Create(what, Tries, s_window)));
    }
}
