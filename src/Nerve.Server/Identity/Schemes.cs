using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.HttpOverrides;

namespace Nerve.Server.Identity;

/// <summary>How callers prove who they are: a bearer token, the page's session cookie, or (with <c>--debug</c>) a read from loopback.</summary>
internal static class Schemes
{
    public const string Any = "nerve";
    public const string Bearer = "bearer";
    public const string Debug = "debug";
    public const string Cookie = CookieAuthenticationDefaults.AuthenticationScheme;

    public const string ViaClaim = "nerve:via";
    public const string StampClaim = "nerve:stamp";
    public const string AgentClaim = "nerve:agent";
    public const string TokenHashClaim = "nerve:token-hash";
    public const string EnrolTokenClaim = "nerve:enrol-token";

    public static void AddNerveAuthentication(this IServiceCollection services, bool debug)
    {
        services.AddAuthentication(Any)
            .AddPolicyScheme(Any, null, options => options.ForwardDefaultSelector = context => Select(context, debug))
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(Bearer, null)
            .AddScheme<AuthenticationSchemeOptions, DebugViewerHandler>(Debug, null)
            .AddCookie(Cookie, SessionCookie.Configure);
        services.AddAuthorization(Policies.Configure);
    }

    private static string Select(HttpContext context, bool debug)
    {
        if (context.Request.Headers.ContainsKey("Authorization"))
        {
            return Bearer;
        }

        return debug && IsLocalRead(context) && !context.Request.Cookies.ContainsKey(SessionCookie.Name) ? Debug : Cookie;
    }

    private static bool IsLocalRead(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method)
        && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For")
        && !context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalForHeaderName) // loopback of a trusted proxy's machine, perhaps
        && !context.Request.Headers.ContainsKey("Forwarded");

    public static ClaimsPrincipal Principal(string scheme, string name, string role, params IEnumerable<Claim> more) =>
        new(new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role), new Claim(ViaClaim, scheme), .. more], scheme));
}
