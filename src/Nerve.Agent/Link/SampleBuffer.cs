using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Link;

/// <summary>The samples that the center has not acknowledged, oldest first. When full, the oldest is dropped and counted; so are those of the future when
/// the host's clock was set back.</summary>
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
            DropFuture(sample.At);
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
            var numbers = new List<long>();
            var bytes = 0;
            foreach (var (number, schema, sample) in _waiting)
            {
                bytes += BytesPerSample + (sample.Values.Count * BytesPerValue);
                if (schema.Id != oldest.Schema.Id || (bytes > BatchBytes && samples.Count > 0))
                {
                    break;
                }

                samples.Add(sample);
                numbers.Add(number);
            }

            return new SampleBatch(oldest.Schema, samples, numbers);
        }
    }

    /// <summary>Forgets the first samples of this batch, those of them that were not dropped meanwhile.</summary>
    /// <param name="batch">What was sent.</param>
    /// <param name="taken">How many of it are stored; null for all.</param>
    public void Acknowledge(SampleBatch batch, int? taken = null)
    {
        var count = Math.Min(taken ?? batch.Numbers.Count, batch.Numbers.Count);
        lock (_lock)
        {
            while (count > 0 && _waiting.TryPeek(out var oldest) && oldest.Number <= batch.Numbers[count - 1])
            {
                _waiting.Dequeue();
            }
        }
    }

    private void DropFuture(DateTimeOffset now)
    {
        var rest = _waiting.Where(waiting => waiting.Sample.At <= now + Heartbeat.FarthestAhead).ToList();
        if (rest.Count == _waiting.Count)
        {
            return;
        }

        Interlocked.Add(ref _dropped, _waiting.Count - rest.Count);
        _waiting.Clear();
        rest.ForEach(_waiting.Enqueue);
    }
}

/// <param name="Schema">The schema of all of them.</param>
/// <param name="Samples">Oldest first.</param>
/// <param name="Numbers">What each is called here.</param>
internal sealed record SampleBatch(MetricSchema Schema, IReadOnlyList<MetricSample> Samples, IReadOnlyList<long> Numbers);
