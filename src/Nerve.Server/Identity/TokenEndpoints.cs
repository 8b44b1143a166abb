using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Nerve.Server.Audit;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateToken(string Name, Role Role, long? TtlSeconds = null) : IAuditDetail
{
    string? IAuditDetail.AuditDetail => $"{Name}, role {Role}";
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateEnrolToken(string? Name = null, long? TtlSeconds = null, int? MaxUses = null) : IAuditDetail
{
    string? IAuditDetail.AuditDetail => Name;
}

/// <param name="Token">The secret, in the answer to its creation only.</param>
public sealed record TokenView(
    Guid Id, string Name, Role Role, string? Token, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <param name="Token">The secret, in the answer to its creation only.</param>
public sealed record EnrolTokenView(
    Guid Id, string Name, string? Token, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, int? MaxUses, int Uses);

internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        var programs = api.MapGroup("/tokens").WithTags("Identity").RequireAuthorization(Policies.Admin);
        programs.MapGet("/", ListAsync).WithSummary("The tokens of programs, without their secrets");
        programs.MapGet("/list", ListAsync).ExcludeFromDescription();
        programs.MapPost("/", CreateAsync).Audited("token.create").WithSummary("Create a token for a program; the secret is shown once");
        programs.MapDelete("/{id:guid}", RevokeAsync).Audited("token.revoke").WithSummary("Revoke a token");

        var enrolment = api.MapGroup("/enroll-tokens").WithTags("Identity").RequireAuthorization(Policies.Admin);
        enrolment.MapGet("/", ListEnrolAsync).WithSummary("The enrolment tokens, without their secrets");
        enrolment.MapGet("/list", ListEnrolAsync).ExcludeFromDescription();
        enrolment.MapPost("/", CreateEnrolAsync).Audited("enrolToken.create").WithSummary("Create an enrolment token; the secret is shown once");
        enrolment.MapDelete("/{id:guid}", RevokeEnrolAsync).Audited("enrolToken.revoke").WithSummary("Revoke an enrolment token; enrolled agents stay");
    }

    private static async Task<Page<TokenView>> ListAsync(int? limit, string? cursor, ITokenStore tokens, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(limit, cursor);
        var (found, total) = await tokens.ListApiTokensAsync(page.LastId, page.Limit + 1, cancellationToken);
        return page.Fill([.. found.Select(token => View(token))], token => token.Id, total);
    }

    private static async Task<Created<TokenView>> CreateAsync(CreateToken request, TokenService service, CancellationToken cancellationToken)
    {
        var (token, secret) = await service.CreateApiTokenAsync(request.Name, request.Role, Lifetime(request.TtlSeconds), cancellationToken);
        return TypedResults.Created($"/api/v1/tokens/{token.Id}", View(token, secret));
    }

    private static async Task<NoContent> RevokeAsync(Guid id, ITokenStore tokens, TimeProvider time, CancellationToken cancellationToken) =>
        await tokens.RevokeApiTokenAsync(id, time.UtcMilliseconds(), cancellationToken)
            ? TypedResults.NoContent()
            : throw Problems.NotFound("token.unknown", "There is no such token.");

    private static async Task<Page<EnrolTokenView>> ListEnrolAsync(int? limit, string? cursor, ITokenStore tokens, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(limit, cursor);
        var (found, total) = await tokens.ListEnrolTokensAsync(page.LastId, page.Limit + 1, cancellationToken);
        return page.Fill([.. found.Select(token => View(token))], token => token.Id, total);
    }

    private static async Task<Created<EnrolTokenView>> CreateEnrolAsync(CreateEnrolToken request, TokenService service, CancellationToken cancellationToken)
    {
        var (token, secret) = await service.CreateEnrolTokenAsync(
            request.Name ?? "", Lifetime(request.TtlSeconds), request.MaxUses, cancellationToken);
        return TypedResults.Created($"/api/v1/enroll-tokens/{token.Id}", View(token, secret));
    }

    private static async Task<NoContent> RevokeEnrolAsync(Guid id, ITokenStore tokens, TimeProvider time, CancellationToken cancellationToken) =>
        await tokens.RevokeEnrolTokenAsync(id, time.UtcMilliseconds(), cancellationToken)
            ? TypedResults.NoContent()
            : throw Problems.NotFound("token.unknown", "There is no such enrolment token.");

    private static TimeSpan? Lifetime(long? seconds) =>
        seconds is null ? null
        : seconds is > 0 and <= 3650L * 86400 ? TimeSpan.FromSeconds(seconds.Value)
        : throw Problems.Invalid("ttlSeconds", "must be between 1 and ten years");

    private static TokenView View(ApiToken token, string? secret = null) =>
        new(token.Id, token.Name, token.Role, secret, token.CreatedAt, token.ExpiresAt, token.RevokedAt);

    private static EnrolTokenView View(EnrolToken token, string? secret = null) =>
        new(token.Id, token.Name, secret, token.CreatedAt, token.ExpiresAt, token.RevokedAt, token.MaxUses, token.Uses);
}
