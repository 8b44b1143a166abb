using Nerve.Agent.Processes;

namespace Nerve.Agent.Policies;

/// <summary>The host's policy does not allow it. The message names the rule.</summary>
internal sealed class RefusedException(string policy, string rule) : LaunchException($"The policy of the host ({policy}) refuses it: {rule}");
