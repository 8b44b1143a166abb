using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

/// <summary>Makes users, checks and changes their passwords.</summary>
public sealed partial class UserService(IUserStore users, TimeProvider time, IJobLocks? locks = null)
{
    public const int MinPasswordLength = 12;

    private static readonly PasswordHasher<User> s_hasher = new();

    private const int Tries = 30;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _changes = new(1, 1);

    /// <summary>Compared against when there is no such user, so that an answer takes as long either way.</summary>
    private static readonly Lazy<string> s_nobodysHash = new(() => s_hasher.HashPassword(null!, RandomText(24)));

    public async Task<User> AddAsync(string username, string password, Role role, CancellationToken cancellationToken)
    {
        var name = username.ToLowerInvariant();
        if (!UsernamePattern().IsMatch(name))
        {
            throw Problems.Invalid("username", "must be 1 to 64 letters, digits, dots, dashes or underscores");
        }

        CheckPassword(password);
        var user = new User
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Username = name,
            PasswordHash = s_hasher.HashPassword(null!, password),
            Role = role,
            CreatedAt = time.UtcMilliseconds(),
            Stamp = RandomText(12),
        };
        try
        {
            await users.AddAsync(user, cancellationToken);
        }
        catch (UniqueConflictException)
        {
            throw Problems.Conflict("user.exists", $"There is a user '{name}' already.");
        }

        return user;
    }

    /// <summary>The user if the password is right, else null.</summary>
    public async Task<User?> VerifyAsync(string username, string password, CancellationToken cancellationToken)
    {
        var user = await users.FindAsync(username.ToLowerInvariant(), cancellationToken);
        var result = s_hasher.VerifyHashedPassword(null!, user?.PasswordHash ?? s_nobodysHash.Value, password);
        return result == PasswordVerificationResult.Failed ? null : user;
    }

    /// <summary>Sets the password and ends every session of the user.</summary>
    public Task SetPasswordAsync(string username, string password, CancellationToken cancellationToken) =>
        ChangeAsync(username, role: null, password, cancellationToken);

    /// <summary>Changes what is given and ends every session of the user.</summary>
    /// <exception cref="ProblemException">There is no such user, the password is unusable, or nobody would be admin any more.</exception>
    public async Task<User> ChangeAsync(string username, Role? role, string? password, CancellationToken cancellationToken)
    {
        if (password is not null)
        {
            CheckPassword(password);
        }

        var hash = password is null ? null : s_hasher.HashPassword(null!, password);
        return role is null or Role.Admin
            ? await UpdateAsync(username, role, hash, cancellationToken)
            : await OneByOneAsync(
                async () =>
                {
                    await EnsureAnotherAdminAsync(await FindAsync(username, cancellationToken), cancellationToken);
                    return await UpdateAsync(username, role, hash, cancellationToken);
                },
                cancellationToken);
    }

    /// <exception cref="ProblemException">There is no such user, or nobody would be admin any more.</exception>
    public Task DeleteAsync(string username, CancellationToken cancellationToken) => OneByOneAsync(
        async () =>
        {
            var user = await FindAsync(username, cancellationToken);
            await EnsureAnotherAdminAsync(user, cancellationToken);
            return await users.DeleteAsync(user.Username, cancellationToken) ? true : throw Unknown(username);
        },
        cancellationToken);

    public static string RandomText(int bytes) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).Replace('+', 'x').Replace('/', 'y').TrimEnd('=');

    private async Task<User> FindAsync(string username, CancellationToken cancellationToken) =>
        await users.FindAsync(username.ToLowerInvariant(), cancellationToken) ?? throw Unknown(username);

    /// <summary>Who was changed since he was read is read again: what the other change set, stays.</summary>
    private async Task<User> UpdateAsync(string username, Role? role, string? hash, CancellationToken cancellationToken)
    {
        while (true)
        {
            var user = await FindAsync(username, cancellationToken);
            var changed = user with { Role = role ?? user.Role, PasswordHash = hash ?? user.PasswordHash, Stamp = RandomText(12) };
            if (await users.UpdateAsync(changed, user.Stamp, cancellationToken))
            {
                return changed;
            }
        }
    }

    private async Task EnsureAnotherAdminAsync(User user, CancellationToken cancellationToken)
    {
        if (user.Role == Role.Admin && !(await users.ListAsync(cancellationToken)).Any(other => other.Role == Role.Admin && other.Id != user.Id))
        {
            throw Problems.Conflict("user.lastAdmin", $"'{user.Username}' is the last admin: make someone else admin first.");
        }
    }

    /// <summary>Two admins who remove each other at the same moment must not both succeed, at two nodes neither.</summary>
    private async Task<T> OneByOneAsync<T>(Func<Task<T>> change, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            await using var mine = await TakeAsync(cancellationToken);
            return await change();
        }
        finally
        {
            _changes.Release();
        }
    }

    private async Task<IAsyncDisposable?> TakeAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; locks is not null; tries++)
        {
            if (await locks.TryTakeAsync("users", cancellationToken) is { } mine)
            {
                return mine;
            }

            if (tries == Tries)
            {
                throw Problems.Unavailable("user.busy", "Another node is changing users, or none can be asked. Nothing was changed; try again.");
            }

            await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
        }

        return null; // a command, of which one runs at a time
    }

    private static ProblemException Unknown(string username) => Problems.NotFound("user.unknown", $"There is no user '{username}'.");

    private static void CheckPassword(string password)
    {
        if (password.Length is < MinPasswordLength or > 256)
        {
            throw Problems.Invalid("password", $"must have {MinPasswordLength} to 256 characters");
        }
    }

    [GeneratedRegex("^[a-z0-9._-]{1,64}$")]
    private static partial Regex UsernamePattern();
}
