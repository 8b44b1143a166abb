namespace Nerve.Server.Identity;

/// <summary>A person who signs in to the page.</summary>
public sealed record User
{
    public required Guid Id { get; init; }

    /// <summary>Lower case, unique: letters, digits, dot, dash, underscore.</summary>
    public required string Username { get; init; }

    /// <summary>As ASP.NET Core's password hasher writes it: PBKDF2 with its salt and parameters.</summary>
    public required string PasswordHash { get; init; }

    public required Role Role { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Changes with the password and the role; a session with another stamp is over.</summary>
    public required string Stamp { get; init; }
}

/// <summary>Where users are kept.</summary>
public interface IUserStore
{
    /// <exception cref="Shared.UniqueConflictException">The name is taken.</exception>
    Task AddAsync(User user, CancellationToken cancellationToken);

    Task<User?> FindAsync(string username, CancellationToken cancellationToken);

    /// <summary>All of them, by name, ordinal.</summary>
    Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Replaces password hash, role and stamp of a user who still has the stamp <paramref name="stamp"/>. False if there is none: whoever read
    /// an older one must not bring its role back.</summary>
    Task<bool> UpdateAsync(User user, string stamp, CancellationToken cancellationToken);

    /// <summary>False if there was none.</summary>
    Task<bool> DeleteAsync(string username, CancellationToken cancellationToken);
}
