using Microsoft.EntityFrameworkCore;
using Nerve.Server.Identity;

namespace Nerve.Storage.EfCore;

internal sealed class EfUserStore(Database database) : IUserStore
{
    public Task AddAsync(User user, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context =>
            {
                context.Users.Add(user);
                return context.SaveChangesAsync(cancellationToken);
            },
            cancellationToken);

    public Task<User?> FindAsync(string username, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Users.FirstOrDefaultAsync(user => user.Username == username, cancellationToken));

    public async Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Users.OrderBy(user => user.Username).ToListAsync(cancellationToken));

    public Task<bool> UpdateAsync(User user, string stamp, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context => await context.Users.Where(known => known.Id == user.Id && known.Stamp == stamp).ExecuteUpdateAsync(
                update => update
                    .SetProperty(known => known.PasswordHash, user.PasswordHash)
                    .SetProperty(known => known.Role, user.Role)
                    .SetProperty(known => known.Stamp, user.Stamp),
                cancellationToken) > 0,
            cancellationToken);

    public Task<bool> DeleteAsync(string username, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context => await context.Users.Where(user => user.Username == username).ExecuteDeleteAsync(cancellationToken) > 0,
            cancellationToken);
}
