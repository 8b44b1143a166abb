using Microsoft.AspNetCore.Authorization;

namespace Nerve.Server.Identity;

/// <summary>The names that routes use to say who may call them. A route that says nothing is closed to everyone; an address that is no
/// route is answered 404 or 405, signed in or not.</summary>
public static class Policies
{
    public const string Viewer = nameof(Viewer);
    public const string Operator = nameof(Operator);
    public const string Admin = nameof(Admin);

    /// <summary>An enrolled agent with its own credential.</summary>
    public const string Agent = nameof(Agent);

    /// <summary>A machine with an enrolment token, which is good for registering and nothing else.</summary>
    public const string Enrolment = nameof(Enrolment);

    internal static void Configure(AuthorizationOptions options)
    {
        options.AddPolicy(Viewer, policy => policy.RequireRole(nameof(Role.Viewer), nameof(Role.Operator), nameof(Role.Admin)));
        options.AddPolicy(Operator, policy => policy.RequireRole(nameof(Role.Operator), nameof(Role.Admin)));
        options.AddPolicy(Admin, policy => policy.RequireRole(nameof(Role.Admin)));
        options.AddPolicy(Agent, policy => policy.RequireRole(nameof(Agent)));
        options.AddPolicy(Enrolment, policy => policy.RequireRole(nameof(Enrolment)));
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(context => IsNoRoute(context.Resource)).Build();
    }

    /// <summary>Routing itself stands in with a plain endpoint for a wrong method or media type.</summary>
    private static bool IsNoRoute(object? resource) => resource is HttpContext context && context.GetEndpoint() is not RouteEndpoint;
}
