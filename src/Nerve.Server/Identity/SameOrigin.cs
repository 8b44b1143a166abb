using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

/// <summary>A request that rides on the session cookie and changes something, or opens the live feed, must come from our own page.</summary>
internal static class SameOrigin
{
    public static Task Guard(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var guarded = !reads || request.Path.StartsWithSegments("/hubs");
        if (guarded && request.Cookies.ContainsKey(SessionCookie.Name) && request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == request.Host.Value))
        {
            throw new ProblemException(
                StatusCodes.Status403Forbidden, "auth.origin", $"The session cookie is not accepted from pages of {origin}.");
        }

        return next(context);
    }
}
