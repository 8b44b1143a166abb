using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Options;
using Nerve.Agent.Probes;
using Nerve.Protocol;

namespace Nerve.Agent.Metrics;

/// <summary><c>nerve-agent metrics</c>: prints one sample as <c>{at, values: {name: number or null}}</c>.</summary>
internal static class MetricsCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(HostRoot root, TimeProvider time, TextWriter output, CancellationToken cancellation = default)
    {
        try
        {
            await PrintAsync(root, time, output, cancellation);
            return 0;
        }
        catch (TimeoutException e)
        {
            await Console.Error.WriteLineAsync($"nerve-agent: {e.Message}");
            return 1;
        }
    }

    private static async Task PrintAsync(HostRoot root, TimeProvider time, TextWriter output, CancellationToken cancellation)
    {
        using var probes = ProbeSet.For(root, time);
        if (probes is not null)
        {
            // What the machine has decides which probes are asked.
            _ = new InventoryCollector(root, time, AgentVersion.Text, probes).Collect();
        }

        var sampler = new MetricSampler(root, time, probes);
        var sample = sampler.Sample();
        if (root.IsLive)
        {
            // Rates are between two samples. A captured tree stands still: its rates are unknown, not zero.
            await Task.Delay(s_interval, time, cancellation);
            sample = sampler.Sample();
        }

        await output.WriteLineAsync(Json(sample).AsMemory(), cancellation);
    }

    private static string Json(Sample sample)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WritePropertyName("at");
            new UtcMillisecondsConverter().Write(json, sample.At, AgentJsonContext.Default.Options);
            json.WriteStartObject("values");
            foreach (var (name, value) in sample.Schema.Series.Zip(sample.Values))
            {
                json.WritePropertyName(name);
                if (value is { } number)
                {
                    json.WriteNumberValue(number);
                }
                else
                {
                    json.WriteNullValue();
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
