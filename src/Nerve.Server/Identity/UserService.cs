using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

/// <summary>Makes users, checks and changes their passwords.</summary>
public sealed partial class UserService(IUserStore users, TimeProvider time)
{
    public const int MinPasswordLength = 12;

    private static readonly PasswordHasher<User> s_hasher = new();

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
    public async Task SetPasswordAsync(string username, string password, CancellationToken cancellationToken)
    {
        CheckPassword(password);
        var user = await users.FindAsync(username.ToLowerInvariant(), cancellationToken)
            ?? throw Problems.NotFound("user.unknown", $"There is no user '{username}'.");
        await users.UpdateAsync(user with { PasswordHash = s_hasher.HashPassword(null!, password), Stamp = RandomText(12) }, cancellationToken);
    }

    public static string RandomText(int bytes) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).Replace('+', 'x').Replace('/', 'y').TrimEnd('=');

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
