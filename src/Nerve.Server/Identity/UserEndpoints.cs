using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Nerve.Server.Audit;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateUser(string Username, string Password, Role Role) : IAuditDetail
{
    string? IAuditDetail.AuditDetail => $"role {Role}";
}

/// <summary>What is left out stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ChangeUser(Role? Role = null, string? Password = null) : IAuditDetail
{
    string? IAuditDetail.AuditDetail => string.Join(", ", (IEnumerable<string>)[.. Role is { } role ? [$"role {role}"] : (string[])[], .. Password is null ? (string[])[] : ["password"]]);
}

public sealed record UserView(string Username, Role Role, DateTimeOffset CreatedAt);

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/users").WithTags("Identity").RequireAuthorization(Policies.Admin);
        group.MapGet("/", ListAsync).WithSummary("The users");
        group.MapGet("/list", ListAsync).ExcludeFromDescription();
        group.MapPost("/", CreateAsync).Audited("user.create").WithSummary("Create a user");
        group.MapPatch("/{username}", ChangeAsync).Audited("user.change").WithSummary("Change a user's role or password; ends the user's sessions");
        group.MapDelete("/{username}", DeleteAsync).Audited("user.delete").WithSummary("Delete a user; ends the user's sessions");
    }

    private static async Task<Page<UserView>> ListAsync(int? limit, string? cursor, IUserStore users, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(limit, cursor);
        var last = page.LastKey;
        var all = await users.ListAsync(cancellationToken);
        var rest = all.Where(user => last is null || string.CompareOrdinal(user.Username, last) > 0).Take(page.Limit + 1);
        return page.Fill([.. rest.Select(View)], user => (user.Username, Guid.Empty), all.Count);
    }

    private static async Task<Created<UserView>> CreateAsync(CreateUser request, UserService service, CancellationToken cancellationToken)
    {
        var user = await service.AddAsync(request.Username, request.Password, request.Role, cancellationToken);
        return TypedResults.Created($"/api/v1/users/{user.Username}", View(user));
    }

    private static async Task<UserView> ChangeAsync(
        string username, ChangeUser change, ClaimsPrincipal me, UserService service, CancellationToken cancellationToken)
    {
        if (change.Role is not null and not Role.Admin && IsMe(username, me))
        {
            throw Problems.Conflict("user.self", "You cannot take the admin role from yourself: let another admin do it.");
        }

        return View(await service.ChangeAsync(username, change.Role, change.Password, cancellationToken));
    }

    private static async Task<NoContent> DeleteAsync(string username, ClaimsPrincipal me, UserService service, CancellationToken cancellationToken)
    {
        if (IsMe(username, me))
        {
            throw Problems.Conflict("user.self", "You cannot delete yourself: let another admin do it.");
        }

        await service.DeleteAsync(username, cancellationToken);
        return TypedResults.NoContent();
    }

    private static bool IsMe(string username, ClaimsPrincipal me) => username.Equals(me.DisplayName(), StringComparison.OrdinalIgnoreCase);

    private static UserView View(User user) => new(user.Username, user.Role, user.CreatedAt);
}
