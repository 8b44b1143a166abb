using Microsoft.EntityFrameworkCore;
using Nerve.Server.Identity;

namespace Nerve.Storage.EfCore;

internal sealed class EfTokenStore(Database database) : ITokenStore
{
    public Task AddAsync(ApiToken token, CancellationToken cancellationToken) => AddAsync<ApiToken>(token, cancellationToken);

    public Task AddAsync(EnrolToken token, CancellationToken cancellationToken) => AddAsync<EnrolToken>(token, cancellationToken);

    public Task<ApiToken?> FindApiTokenAsync(string secretHash, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.ApiTokens.FirstOrDefaultAsync(token => token.SecretHash == secretHash, cancellationToken));

    public Task<EnrolToken?> FindEnrolTokenAsync(string secretHash, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.EnrolTokens.FirstOrDefaultAsync(token => token.SecretHash == secretHash, cancellationToken));

    public Task<(IReadOnlyList<ApiToken> Tokens, int Total)> ListApiTokensAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        ListAsync<ApiToken>(before, limit, cancellationToken);

    public Task<(IReadOnlyList<EnrolToken> Tokens, int Total)> ListEnrolTokensAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        ListAsync<EnrolToken>(before, limit, cancellationToken);

    public Task<bool> UseEnrolTokenAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context => await context.EnrolTokens
                .Where(token => token.Id == id && token.RevokedAt == null
                    && (token.ExpiresAt == null || token.ExpiresAt > now)
                    && (token.MaxUses == null || token.Uses < token.MaxUses))
                .ExecuteUpdateAsync(update => update.SetProperty(token => token.Uses, token => token.Uses + 1), cancellationToken) > 0,
            cancellationToken);

    public Task GiveBackEnrolTokenUseAsync(Guid id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context => context.EnrolTokens.Where(token => token.Id == id && token.Uses > 0)
                .ExecuteUpdateAsync(update => update.SetProperty(token => token.Uses, token => token.Uses - 1), cancellationToken),
            cancellationToken);

    public Task<bool> RevokeApiTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context => await context.ApiTokens.Where(token => token.Id == id)
                .ExecuteUpdateAsync(update => update.SetProperty(token => token.RevokedAt, token => token.RevokedAt ?? at), cancellationToken) > 0,
            cancellationToken);

    public Task<bool> RevokeEnrolTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context => await context.EnrolTokens.Where(token => token.Id == id)
                .ExecuteUpdateAsync(update => update.SetProperty(token => token.RevokedAt, token => token.RevokedAt ?? at), cancellationToken) > 0,
            cancellationToken);

    private Task<(IReadOnlyList<T> Tokens, int Total)> ListAsync<T>(Guid? before, int limit, CancellationToken cancellationToken)
        where T : class =>
        database.ReadAsync<(IReadOnlyList<T>, int)>(async context =>
        {
            var all = context.Set<T>();
            var page = await all.Where(token => before == null || EF.Property<Guid>(token, nameof(ApiToken.Id)).CompareTo(before.Value) < 0)
                .OrderByDescending(token => EF.Property<Guid>(token, nameof(ApiToken.Id))).Take(limit).ToListAsync(cancellationToken);
            return (page, await all.CountAsync(cancellationToken));
        });

    private Task AddAsync<T>(T token, CancellationToken cancellationToken)
        where T : class =>
        database.WriteAsync(
            context =>
            {
                context.Set<T>().Add(token);
                return context.SaveChangesAsync(cancellationToken);
            },
            cancellationToken);
}
