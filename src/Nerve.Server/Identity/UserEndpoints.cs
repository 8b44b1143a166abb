using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

public sealed record CreateUser(string Username, string Password, Role Role);

public sealed record UserView(string Username, Role Role, DateTimeOffset CreatedAt);

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/users").WithTags("Identity").RequireAuthorization(Policies.Admin);
        group.MapGet("/", ListAsync).WithSummary("The users");
        group.MapPost("/", CreateAsync).WithSummary("Create a user");
        group.MapDelete("/{username}", DeleteAsync).WithSummary("Delete a user; ends the user's sessions");
    }

    private static async Task<Page<UserView>> ListAsync(IUserStore users, CancellationToken cancellationToken)
    {
        var items = (await users.ListAsync(cancellationToken)).Select(View).ToList();
        return new Page<UserView>(items, null, items.Count);
    }

    private static async Task<Created<UserView>> CreateAsync(CreateUser request, UserService service, CancellationToken cancellationToken)
    {
        var user = await service.AddAsync(request.Username, request.Password, request.Role, cancellationToken);
        return TypedResults.Created($"/api/v1/users/{user.Username}", View(user));
    }

    private static async Task<NoContent> DeleteAsync(string username, ClaimsPrincipal me, IUserStore users, CancellationToken cancellationToken)
    {
        if (username == me.DisplayName())
        {
            throw Problems.Conflict("user.self", "You cannot delete yourself: let another admin do it.");
        }

        return await users.DeleteAsync(username, cancellationToken)
            ? TypedResults.NoContent()
            : throw Problems.NotFound("user.unknown", $"There is no user '{username}'.");
    }

    private static UserView View(User user) => new(user.Username, user.Role, user.CreatedAt);
}
