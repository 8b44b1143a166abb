using Nerve.Server.Shared;

namespace Nerve.Server.Identity;

/// <summary>Makes tokens. The secret is returned once and never again.</summary>
public sealed class TokenService(ITokenStore tokens, TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(3650);

    public async Task<(ApiToken Token, string Secret)> CreateApiTokenAsync(
        string name, Role role, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var secret = Secret.Create(Secret.ApiPrefix);
        var now = time.UtcMilliseconds();
        var token = new ApiToken
        {
            Id = Guid.CreateVersion7(now),
            Name = Named(name),
            Role = role,
            SecretHash = Secret.Hash(secret),
            CreatedAt = now,
            ExpiresAt = now + Checked(lifetime),
        };
        await tokens.AddAsync(token, cancellationToken);
        return (token, secret);
    }

    public async Task<(EnrolToken Token, string Secret)> CreateEnrolTokenAsync(
        string name, TimeSpan? lifetime, int? maxUses, CancellationToken cancellationToken)
    {
        if (maxUses is < 1)
        {
            throw Problems.Invalid("maxUses", "must be at least 1");
        }

        var secret = Secret.Create(Secret.EnrolmentPrefix);
        var now = time.UtcMilliseconds();
        var token = new EnrolToken
        {
            Id = Guid.CreateVersion7(now),
            Name = Named(name),
            SecretHash = Secret.Hash(secret),
            CreatedAt = now,
            ExpiresAt = now + Checked(lifetime),
            MaxUses = maxUses,
        };
        await tokens.AddAsync(token, cancellationToken);
        return (token, secret);
    }

    private static string Named(string name) =>
        name.Length <= 128 ? name : throw Problems.Invalid("name", "must have at most 128 characters");

    private static TimeSpan? Checked(TimeSpan? lifetime) =>
        lifetime is null || (lifetime > TimeSpan.Zero && lifetime <= s_longest)
            ? lifetime
            : throw Problems.Invalid("ttlSeconds", $"must be between 1 and {s_longest.TotalSeconds:0}");
}
