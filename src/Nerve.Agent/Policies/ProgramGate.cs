using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Linux;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Policies;

/// <summary>Lets only listed programs start.</summary>
/// <param name="rules">One of them must fit.</param>
/// <param name="refuse">Makes the refusal from the rule's words.</param>
internal sealed class ProgramGate(IReadOnlyList<ProgramRule> rules, Func<string, RefusedException> refuse)
{
    /// <summary>The path to start it by. Where the file's content was looked at, that is the very file that is open here, so that no other
    /// can take its place; it stays open for as long as this process lives. And the name to give it (its <c>argv[0]</c>): one file may be many
    /// programs, of which the name makes one, so it is a listed one, or the file's own. Null where the given one is listed.</summary>
    /// <exception cref="RefusedException">It may not be started.</exception>
    public (string Path, string? Name) Admit(string program)
    {
        var descriptor = LibC.open(program, LibC.O_PATH | LibC.O_CLOEXEC);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        var file = descriptor < 0 ? null : RealPath.Of(descriptor);
        string? wanted = null;
        var name = ProgramRule.NameOf(program);
        // Of several rules for one file that which has the name.
        foreach (var rule in rules.OrderByDescending(rule => rule.Names(name)))
        {
            if (file is not null && rule.Fits(file))
            {
                var given = rule.Names(name) ? null : rule.OwnName(file);
                if (rule.Sha256 is null)
                {
                    return (file, given);
                }

                wanted ??= rule.Sha256;
                if (OpenIfHashed(descriptor, rule.Sha256) is { } path)
                {
                    return (path, given);
                }
            }
        }

        throw refuse(wanted is null
            ? $"commands: {file ?? program} is not among them."
            : $"commands: the content of {file} is not what the policy says (its SHA-256 should be {wanted}).");
    }

    private static string? OpenIfHashed(int descriptor, string wanted)
    {
        var open = LibC.open(RealPath.Link(descriptor), LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (open < 0)
        {
            throw LibC.LastError("The program's file cannot be read, and so not its SHA-256");
        }

        // Not owned: the program is started by it after this.
        using var handle = new SafeFileHandle(open, ownsHandle: false);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != wanted)
        {
            _ = LibC.close(open);
            return null;
        }

        if (IsScript(handle))
        {
            // Its interpreter opens it anew, after the start.
            _ = LibC.fcntl(open, LibC.F_SETFD, 0);
        }

        return RealPath.Link(open);
    }

    private static bool IsScript(SafeFileHandle file)
    {
        Span<byte> start = stackalloc byte[2];
        return RandomAccess.Read(file, start, 0) == 2 && start.SequenceEqual("#!"u8);
    }
}
