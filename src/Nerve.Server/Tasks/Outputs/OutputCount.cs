using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks.Outputs;

/// <summary>Runs that ended alike and wrote the same.</summary>
/// <param name="State">How they ended.</param>
/// <param name="ExitCode">With which exit code.</param>
/// <param name="Hash"><see cref="OutputHash"/> of what they wrote.</param>
/// <param name="Count">How many they are.</param>
public sealed record OutputCount(RunState State, int? ExitCode, string Hash, int Count);
