using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Nerve.Server.Tasks;

/// <summary>Seals the secrets of tasks with the keys that the centers of a fleet share, so that the database holds nothing of use to whoever reads it.</summary>
/// <remarks>A sealed text opens for its own task only. When the task is over its store forgets it; the names stay.</remarks>
public sealed class TaskSecrets(IDataProtectionProvider keys)
{
    private const string Purpose = "Nerve.Tasks.Secrets";

    /// <summary>Shorter ones are everywhere in any output, and stars there would hide all of it.</summary>
    private const int ShortestMasked = 4;

    /// <summary>Null for no secrets.</summary>
    public string? Seal(Guid taskId, IReadOnlyDictionary<string, string>? secrets) =>
        secrets is { Count: > 0 } ? Protector(taskId).Protect(JsonSerializer.Serialize(secrets)) : null;

    /// <summary>By name; null for no secrets.</summary>
    /// <exception cref="CryptographicException">The keys are not those it was sealed with.</exception>
    public IReadOnlyDictionary<string, string>? Open(NerveTask task) => task.SealedSecrets is { } text
        ? JsonSerializer.Deserialize<Dictionary<string, string>>(Protector(task.Id).Unprotect(text))
        : null;

    /// <summary>The output with stars in place of the task's secrets, as long as it was. Agents mask before they send, also what two pieces share; this is
    /// for those that do not.</summary>
    public byte[] Mask(NerveTask task, byte[] output)
    {
        if (task.SealedSecrets is null)
        {
            return output;
        }

        var masked = output;
        foreach (var secret in OpenIfPossible(task).Values.Select(Encoding.UTF8.GetBytes).Where(secret => secret.Length >= ShortestMasked))
        {
            for (var at = 0; masked.AsSpan(at).IndexOf(secret) is var found and >= 0; at += found + secret.Length)
            {
                masked = ReferenceEquals(masked, output) ? [.. output] : masked;
                masked.AsSpan(at + found, secret.Length).Fill((byte)'*');
            }
        }

        return masked;
    }

    /// <summary>Whoever sent the output got the secrets, so some center could open them.</summary>
    private IReadOnlyDictionary<string, string> OpenIfPossible(NerveTask task)
    {
        try
        {
            return Open(task)!;
        }
        catch (CryptographicException)
        {
            return new Dictionary<string, string>();
        }
    }

    private IDataProtector Protector(Guid taskId) => keys.CreateProtector(Purpose, taskId.ToString("N"));
}
