using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nerve.Server.Shared;

namespace Nerve.Server.Audit;

/// <summary>Something that somebody did or tried to do.</summary>
/// <param name="At">When it was over, by the center's clock.</param>
/// <param name="Actor">The user's name, <c>token:NAME</c>, <c>enrol:NAME</c> (the id of one without a name), <c>agent:ID</c>, or <c>cli:USER</c> of the center's machine; of a
/// sign-in the name that was tried.</param>
/// <param name="Via"><c>cookie</c>, <c>bearer</c>, <c>none</c>, <c>link</c> or <c>cli</c>.</param>
/// <param name="Address">Where it came from: an IP address, behind a trusted proxy the one that it names; null for the center's own machine.</param>
/// <param name="Action"><c>area.verb</c>, such as <c>task.create</c>.</param>
/// <param name="Target">What it was done to: an id or a name.</param>
/// <param name="Result"><c>ok</c>, or the code of the problem.</param>
/// <param name="Detail">More for people; never a secret.</param>
public sealed record AuditDraft(
    DateTimeOffset At, string Actor, string Via, string? Address, string Action, string? Target, string Result, string? Detail = null);

/// <summary>An entry of the record. Each carries the hash over itself and the one before it: none can be changed or taken out unnoticed.</summary>
public sealed record AuditEntry
{
    /// <summary>The hash before the first entry.</summary>
    public const string Nothing = "0000000000000000000000000000000000000000000000000000000000000000";

    private const int LongestText = 1000;

    /// <summary>1, 2, 3, … without gaps.</summary>
    public required long Number { get; init; }

    public required DateTimeOffset At { get; init; }
    public required string Actor { get; init; }
    public required string Via { get; init; }
    public string? Address { get; init; }
    public required string Action { get; init; }
    public string? Target { get; init; }
    public required string Result { get; init; }
    public string? Detail { get; init; }

    /// <summary>The hash of the entry before; 64 zeros for the first.</summary>
    public required string Previous { get; init; }

    /// <summary>SHA-256 of all the above, in hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>The entry that follows.</summary>
    public static AuditEntry After(long number, string hash, AuditDraft draft)
    {
        var entry = new AuditEntry
        {
            Number = number + 1,
            At = draft.At.ToUtcMilliseconds(),
            Actor = Storable(draft.Actor)!,
            Via = draft.Via,
            Address = draft.Address,
            Action = draft.Action,
            Target = Storable(draft.Target),
            Result = draft.Result,
            Detail = Storable(draft.Detail),
            Previous = hash,
            Hash = "",
        };
        return entry with { Hash = entry.ComputeHash() };
    }

    /// <summary>Each field with its length before it, so that no two entries are the same bytes.</summary>
    public string ComputeHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var value in (ReadOnlySpan<long>)[Number, At.ToUnixTimeMilliseconds()])
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            hash.AppendData(number);
        }

        foreach (var text in (ReadOnlySpan<string?>)[Actor, Via, Address, Action, Target, Result, Detail, Previous])
        {
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64BigEndian(number, text is null ? -1 : bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>As every store keeps it; what is hashed is what is kept.</summary>
    private static string? Storable(string? text) =>
        text is null ? null : StorableText.Of(text.Length > LongestText ? text[..LongestText] : text);
}
