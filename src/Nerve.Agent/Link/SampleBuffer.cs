using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Link;

/// <summary>The samples that the center has not acknowledged, oldest first. When full, the oldest is dropped and counted.</summary>
internal sealed class SampleBuffer
{
    public const int Capacity = Heartbeat.MaxSamples;

    /// <summary>Half of the largest message; what a value takes at most in JSON is <see cref="BytesPerValue"/>.</summary>
    private const int BatchBytes = ProtocolInfo.MaxMessageBytes / 2;
    private const int BytesPerValue = 25;
    private const int BytesPerSample = 80;

    private readonly Lock _lock = new();
    private readonly Queue<(long Number, MetricSchema Schema, MetricSample Sample)> _waiting = new();
    private long _added;
    private long _dropped;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(MetricSchema schema, MetricSample sample)
    {
        lock (_lock)
        {
            if (_waiting.Count == Capacity)
            {
                _waiting.Dequeue();
                Interlocked.Increment(ref _dropped);
            }

            _waiting.Enqueue((++_added, schema, sample));
        }
    }

    /// <summary>The oldest samples that share a schema and fit into one message; null when none waits. They stay until acknowledged.</summary>
    public SampleBatch? Peek()
    {
        lock (_lock)
        {
            if (!_waiting.TryPeek(out var oldest))
            {
                return null;
            }

            var samples = new List<MetricSample>();
            var (last, bytes) = (oldest.Number, 0);
            foreach (var (number, schema, sample) in _waiting)
            {
                bytes += BytesPerSample + (sample.Values.Count * BytesPerValue);
                if (schema.Id != oldest.Schema.Id || (bytes > BatchBytes && samples.Count > 0))
                {
                    break;
                }

                samples.Add(sample);
                last = number;
            }

            return new SampleBatch(oldest.Schema, samples, last);
        }
    }

    /// <summary>Forgets the samples of this batch, those of them that were not dropped meanwhile.</summary>
    public void Acknowledge(SampleBatch batch)
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var oldest) && oldest.Number <= batch.Last)
            {
                _waiting.Dequeue();
            }
        }
    }
}

/// <param name="Schema">The schema of all of them.</param>
/// <param name="Samples">Oldest first.</param>
/// <param name="Last">The number of the newest.</param>
internal sealed record SampleBatch(MetricSchema Schema, IReadOnlyList<MetricSample> Samples, long Last);
