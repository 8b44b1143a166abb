using System.Text.Encodings.Web;
using System.Text.Json;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol;

namespace Nerve.Agent.Inventories;

/// <summary><c>nerve-agent inventory</c>: prints what the agent would report of this machine.</summary>
internal static class InventoryCommand
{
    // For people at a terminal: model names keep their "+" and "&".
    private static readonly NerveJsonContext s_indented = new(new JsonSerializerOptions(NerveJsonContext.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <returns>The exit code.</returns>
    public static int Run(HostRoot root, TimeProvider time, string agentVersion, TextWriter output)
    {
        using var probes = ProbeSet.For(root, time);
        try
        {
            var inventory = new InventoryCollector(root, time, agentVersion, probes).Collect();
            output.WriteLine(JsonSerializer.Serialize(inventory, s_indented.Inventory));
            return 0;
        }
        catch (TimeoutException e)
        {
            Console.Error.WriteLine($"nerve-agent: {e.Message}");
            return 1;
        }
    }
}
