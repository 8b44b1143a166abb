using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Audit;

internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/audit").WithTags("Audit").RequireAuthorization(Policies.Admin);
        group.MapGet("/", ListAsync).WithSummary("Who did what, newest first; action=task. means every action of tasks");
        group.MapGet("/list", ListAsync).ExcludeFromDescription();
    }

    private static async Task<Page<AuditEntry>> ListAsync(
        string? who, string? action, string? target, DateTimeOffset? from, DateTimeOffset? to, int? limit, string? cursor,
        IAuditStore store, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(limit, cursor);
        long? before = page.LastKey is not { } last ? null
            : long.TryParse(last, out var number) ? number
            : throw Problems.Invalid("cursor", "is not one that this list gave out");
        var filter = new AuditFilter(Given(who), Given(action), Given(target), from, to);
        var (entries, total) = await store.ListAsync(filter, before, page.Limit + 1, cancellationToken);
        return page.Fill(entries, entry => ($"{entry.Number}", Guid.Empty), total);
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
