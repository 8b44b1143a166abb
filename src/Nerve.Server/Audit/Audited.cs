namespace Nerve.Server.Audit;

/// <summary>Names what a route does in the audit record. Every route that changes something has this or <see cref="NotAudited"/>.</summary>
/// <param name="Action"><c>area.verb</c>.</param>
internal sealed record Audited(string Action);

/// <summary>Why a route is not in the audit record.</summary>
internal sealed record NotAudited(string Reason);

/// <summary>A request that has more to say in the audit record. Never a secret.</summary>
internal interface IAuditDetail
{
    /// <summary>Of a sign-in: who it claims to be.</summary>
    string? AuditActor => null;

    string? AuditDetail { get; }
}

internal static class AuditedExtensions
{
    public static TBuilder Audited<TBuilder>(this TBuilder route, string action)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Audited(action));

    public static TBuilder NotAudited<TBuilder>(this TBuilder route, string reason)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new NotAudited(reason));
}
