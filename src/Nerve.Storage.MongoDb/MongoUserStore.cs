using MongoDB.Driver;
using Nerve.Server.Identity;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoUserStore(MongoStorage storage) : IUserStore
{
    private readonly IMongoCollection<User> _users = storage.Collections.Users;

    public Task AddAsync(User user, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _users.InsertOneAsync(user, cancellationToken: cancellationToken));

    public Task<User?> FindAsync(string username, CancellationToken cancellationToken) =>
        storage.ReadAsync<User?>(async () => await _users.Find(user => user.Username == username).FirstOrDefaultAsync(cancellationToken));

    public Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<User>>(async () => await _users.Find(Builders<User>.Filter.Empty)
            .SortBy(user => user.Username).ToListAsync(cancellationToken));

    public Task<bool> UpdateAsync(User user, string stamp, CancellationToken cancellationToken) =>
        storage.RunAsync(async () => (await _users.UpdateOneAsync(
            known => known.Id == user.Id && known.Stamp == stamp,
            Builders<User>.Update
                .Set(known => known.PasswordHash, user.PasswordHash)
                .Set(known => known.Role, user.Role)
                .Set(known => known.Stamp, user.Stamp),
            cancellationToken: cancellationToken)).MatchedCount > 0);

    public Task<bool> DeleteAsync(string username, CancellationToken cancellationToken) =>
        storage.RunAsync(async () => (await _users.DeleteOneAsync(user => user.Username == username, cancellationToken)).DeletedCount > 0);
}
