using System.Reflection;

namespace Nerve.Agent.Options;

internal static class AgentVersion
{
    /// <summary>The version without the commit it was built from.</summary>
    public static string Text { get; } = typeof(AgentVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
