namespace Nerve.Agent.Tasks;

/// <summary>The environment variable that every process of a run inherits.</summary>
internal static class RunMarker
{
    public const string Name = "NERVE_RUN_ID";

    public static string Value(Guid runId) => runId.ToString("D");
}
