namespace Nerve.Agent.Policies;

/// <summary>What a policy file said.</summary>
/// <param name="policy">Null where there is none, or none that can be used.</param>
/// <param name="errors">Why it cannot be used; empty when it can, or when there is none.</param>
internal sealed class PolicyReading(HostPolicy? policy, IReadOnlyList<string> errors)
{
    public static PolicyReading None { get; } = new(null, []);

    public HostPolicy? Policy { get; } = policy;

    public IReadOnlyList<string> Errors { get; } = errors;
}
