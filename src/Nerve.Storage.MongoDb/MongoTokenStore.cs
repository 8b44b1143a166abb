using System.Linq.Expressions;
using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Identity;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoTokenStore(MongoStorage storage) : ITokenStore
{
    private readonly IMongoCollection<ApiToken> _api = storage.Collections.ApiTokens;
    private readonly IMongoCollection<EnrolToken> _enrol = storage.Collections.EnrolTokens;

    public Task AddAsync(ApiToken token, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _api.InsertOneAsync(token, cancellationToken: cancellationToken));

    public Task AddAsync(EnrolToken token, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _enrol.InsertOneAsync(token, cancellationToken: cancellationToken));

    public Task<ApiToken?> FindApiTokenAsync(string secretHash, CancellationToken cancellationToken) =>
        storage.ReadAsync<ApiToken?>(async () => await _api.Find(token => token.SecretHash == secretHash).FirstOrDefaultAsync(cancellationToken));

    public Task<EnrolToken?> FindEnrolTokenAsync(string secretHash, CancellationToken cancellationToken) =>
        storage.ReadAsync<EnrolToken?>(async () => await _enrol.Find(token => token.SecretHash == secretHash).FirstOrDefaultAsync(cancellationToken));

    public Task<(IReadOnlyList<ApiToken> Tokens, int Total)> ListApiTokensAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        ListAsync(_api, token => token.Id, before, limit, cancellationToken);

    public Task<(IReadOnlyList<EnrolToken> Tokens, int Total)> ListEnrolTokensAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        ListAsync(_enrol, token => token.Id, before, limit, cancellationToken);

    public Task<bool> UseEnrolTokenAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var where = Builders<EnrolToken>.Filter;
        var usable = where.Eq(token => token.Id, id)
            & where.Eq(token => token.RevokedAt, null)
            & (where.Eq(token => token.ExpiresAt, null) | where.Gt(token => token.ExpiresAt, now))
            & (where.Eq(token => token.MaxUses, null) | new BsonDocument("$expr", new BsonDocument("$lt", new BsonArray { "$uses", "$maxUses" })));
        return storage.RunAsync(async () => (await _enrol.UpdateOneAsync(
            usable, Builders<EnrolToken>.Update.Inc(token => token.Uses, 1), cancellationToken: cancellationToken)).MatchedCount > 0);
    }

    public Task GiveBackEnrolTokenUseAsync(Guid id, CancellationToken cancellationToken)
    {
        var where = Builders<EnrolToken>.Filter;
        return storage.RunAsync(() => _enrol.UpdateOneAsync(
            where.Eq(token => token.Id, id) & where.Gt(token => token.Uses, 0),
            Builders<EnrolToken>.Update.Inc(token => token.Uses, -1), cancellationToken: cancellationToken));
    }

    public Task<bool> RevokeApiTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) =>
        RevokeAsync(_api, Builders<ApiToken>.Filter.Eq(token => token.Id, id), at, cancellationToken);

    public Task<bool> RevokeEnrolTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) =>
        RevokeAsync(_enrol, Builders<EnrolToken>.Filter.Eq(token => token.Id, id), at, cancellationToken);

    private Task<(IReadOnlyList<T> Tokens, int Total)> ListAsync<T>(
        IMongoCollection<T> tokens, Expression<Func<T, Guid>> id, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var where = before is { } last ? Builders<T>.Filter.Lt(id, last) : Builders<T>.Filter.Empty;
        var newest = Builders<T>.Sort.Descending(new ExpressionFieldDefinition<T>(id));
        return storage.ReadAsync<(IReadOnlyList<T>, int)>(async () => (
            await tokens.Find(where).Sort(newest).Limit(limit).ToListAsync(cancellationToken),
            (int)await tokens.CountDocumentsAsync(Builders<T>.Filter.Empty, cancellationToken: cancellationToken)));
    }

    /// <summary>The first moment stays, whoever comes second.</summary>
    private Task<bool> RevokeAsync<T>(IMongoCollection<T> tokens, FilterDefinition<T> which, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var first = new BsonDocument("$ifNull", new BsonArray { "$revokedAt", new BsonDateTime(at.ToUnixTimeMilliseconds()) });
        var revoke = Builders<T>.Update.Pipeline(PipelineDefinition<T, T>.Create(new BsonDocument("$set", new BsonDocument("revokedAt", first))));
        return storage.RunAsync(async () => (await tokens.UpdateOneAsync(which, revoke, cancellationToken: cancellationToken)).MatchedCount > 0);
    }
}
