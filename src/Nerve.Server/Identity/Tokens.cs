namespace Nerve.Server.Identity;

/// <summary>What a program signs in with.</summary>
public sealed record ApiToken
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required Role Role { get; init; }

    /// <summary><see cref="Secret.Hash"/>; unique.</summary>
    public required string SecretHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>What a machine trades for its own credential.</summary>
public sealed record EnrolToken
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }

    /// <summary><see cref="Secret.Hash"/>; unique.</summary>
    public required string SecretHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>How many machines may enrol with it; null means any number.</summary>
    public int? MaxUses { get; init; }

    public int Uses { get; init; }
}

/// <summary>Where tokens are kept.</summary>
public interface ITokenStore
{
    Task AddAsync(ApiToken token, CancellationToken cancellationToken);

    Task AddAsync(EnrolToken token, CancellationToken cancellationToken);

    Task<ApiToken?> FindApiTokenAsync(string secretHash, CancellationToken cancellationToken);

    Task<EnrolToken?> FindEnrolTokenAsync(string secretHash, CancellationToken cancellationToken);

    /// <summary>Newest first, those before the token <paramref name="before"/>.</summary>
    /// <param name="before">An id; ids are ordered by time.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>With how many there are in all.</returns>
    Task<(IReadOnlyList<ApiToken> Tokens, int Total)> ListApiTokensAsync(Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>As <see cref="ListApiTokensAsync"/>.</summary>
    Task<(IReadOnlyList<EnrolToken> Tokens, int Total)> ListEnrolTokensAsync(Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Counts one use. Atomic: of many callers at most <see cref="EnrolToken.MaxUses"/> get true.
    /// False too if the token is revoked, expired at <paramref name="now"/>, or gone.</summary>
    Task<bool> UseEnrolTokenAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Takes back one use that <see cref="UseEnrolTokenAsync"/> counted, for it led to no agent; also of a token that is revoked or expired by now.
    /// Never below none; nothing if the token is gone.</summary>
    Task GiveBackEnrolTokenUseAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Idempotent: the first moment stays. False if there is no such token.</summary>
    Task<bool> RevokeApiTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Idempotent: the first moment stays. False if there is no such token.</summary>
    Task<bool> RevokeEnrolTokenAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken);
}
