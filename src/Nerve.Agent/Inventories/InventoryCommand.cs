using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerve.Agent.Linux;
using Nerve.Agent.Policies;
using Nerve.Agent.Probes;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary><c>nerve-agent inventory</c>: prints what the agent would report of this machine.</summary>
internal static class InventoryCommand
{
    // For people at a terminal: model names keep their "+" and "&".
    private static readonly JsonWriterOptions s_forPeople = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>The exit code.</returns>
    public static int Run(HostRoot root, TimeProvider time, string agentVersion, TextWriter output, PolicyFile? policy = null)
    {
        using var probes = ProbeSet.For(root, time);
        try
        {
            var inventory = new InventoryCollector(root, time, agentVersion, probes, policy: policy).Collect();
            output.WriteLine(Json(inventory));
            return 0;
        }
        catch (TimeoutException e)
        {
            Console.Error.WriteLine($"nerve-agent: {e.Message}");
            return 1;
        }
    }

    private static string Json(Inventory inventory)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_forPeople))
        {
            JsonSerializer.Serialize(json, inventory, AgentJsonContext.Default.Inventory);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
