using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Sends runs to agents, of large ones only some at a time: a link holds what it sends, twice, until the network has taken it, and a
/// script of half a megabyte for thousands of hosts at once would be gigabytes.</summary>
public sealed class RunSender(TimeProvider time) : IDisposable
{
    /// <summary>In characters.</summary>
    private const int Large = 32 * 1024;

    private readonly Admission _door = new(atOnce: 32);

    /// <returns>Completes when the link has room for more.</returns>
    public Task SendAsync(IAgentPeer peer, RunAssignment assignment) =>
        Length(assignment) < Large
            ? SendNowAsync(peer, assignment)
            : _door.PassAsync(() => SendNowAsync(peer, assignment), CancellationToken.None);

    public void Dispose() => _door.Dispose();

    private static int Length(RunAssignment assignment) =>
        (assignment.Script?.Length ?? 0) + (assignment.Stdin?.Length ?? 0) + assignment.Args.Sum(arg => arg.Length)
        + assignment.Env.Sum(pair => pair.Value.Length) + (assignment.SecretEnv?.Sum(pair => pair.Value.Length) ?? 0);

    /// <summary>Unless it has expired: it may have waited for others.</summary>
    private Task SendNowAsync(IAgentPeer peer, RunAssignment assignment)
    {
        var left = (int)Math.Ceiling((assignment.ExpiresAt - time.UtcMilliseconds()).TotalSeconds);
        return left < 1 ? Task.CompletedTask : peer.Run(assignment with { ExpiresInSeconds = left });
    }
}
