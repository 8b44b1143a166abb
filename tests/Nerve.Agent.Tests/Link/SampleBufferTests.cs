using CsCheck;
using Nerve.Agent.Link;
using Nerve.Protocol;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Tests.Link;

public class SampleBufferTests
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(["load.1m"]);
    private static readonly MetricSchema s_other = MetricSchema.Of(["load.1m", "load.5m"]);

    [Fact]
    public void Add_MoreThanFit_DropsAndCountsTheOldest()
    {
        var buffer = new SampleBuffer();
        for (var i = 0; i < 363; i++)
        {
            buffer.Add(s_schema, Sample(s_schema, i));
        }

        Assert.Equal(360, buffer.Count);
        Assert.Equal(3, buffer.Dropped);
        Assert.Equal(3, buffer.Peek()!.Samples[0].Values[0]);
    }

    [Fact]
    public void Acknowledge_SamplesDroppedWhileSending_ForgetsOnlyWhatWasSent()
    {
        var buffer = new SampleBuffer();
        for (var i = 0; i < 360; i++)
        {
            buffer.Add(s_schema, Sample(s_schema, i));
        }

        var sent = buffer.Peek()!;
        buffer.Add(s_schema, Sample(s_schema, 360));
        buffer.Add(s_schema, Sample(s_schema, 361));
        buffer.Acknowledge(sent);

        Assert.Equal([360.0, 361.0], buffer.Peek()!.Samples.Select(sample => sample.Values[0]));
    }

    [Fact]
    public void Acknowledge_OnlyTheFirstWereTaken_KeepsTheRest()
    {
        var buffer = new SampleBuffer();
        for (var i = 0; i < 4; i++)
        {
            buffer.Add(s_schema, Sample(s_schema, i));
        }

        buffer.Acknowledge(buffer.Peek()!, taken: 0);
        Assert.Equal(4, buffer.Count);
        buffer.Acknowledge(buffer.Peek()!, taken: 3);
        Assert.Equal([3.0], buffer.Peek()!.Samples.Select(sample => sample.Values[0]));
    }

    [Fact]
    public void Add_TheClockWasSetBack_DropsWhatIsOfTheFutureNow()
    {
        var buffer = new SampleBuffer();
        var now = DateTimeOffset.UtcNow;
        foreach (var minutes in (int[])[-1, 60, 61, 0, 9])
        {
            buffer.Add(s_schema, Sample(s_schema, minutes) with { At = now.AddMinutes(minutes) });
        }

        var sent = buffer.Peek()!;
        Assert.Equal([-1.0, 0.0, 9.0], sent.Samples.Select(sample => sample.Values[0]));
        Assert.Equal(2, buffer.Dropped);
        buffer.Acknowledge(sent, taken: 2);
        Assert.Equal([9.0], buffer.Peek()!.Samples.Select(sample => sample.Values[0]));
    }

    [Fact]
    public void Peek_SchemaChanged_SendsEachSchemaOnItsOwn()
    {
        var buffer = new SampleBuffer();
        buffer.Add(s_schema, Sample(s_schema, 1));
        buffer.Add(s_other, Sample(s_other, 2));
        buffer.Add(s_schema, Sample(s_schema, 3));

        var batch = buffer.Peek()!;
        Assert.Equal((s_schema.Id, 1), (batch.Schema.Id, batch.Samples.Count));
        buffer.Acknowledge(batch);
        Assert.Equal(s_other.Id, buffer.Peek()!.Schema.Id);
    }

    /// <summary>A GPU machine after an hour without a center: 360 samples of 1000 long numbers.</summary>
    [Fact]
    public void Peek_LargeSamples_FitIntoOneMessage()
    {
        var schema = MetricSchema.Of([.. Enumerable.Range(0, 1000).Select(i => $"gpu.temperature_celsius{{gpu=\"{i}\"}}")]);
        var buffer = new SampleBuffer();
        for (var i = 0; i < 360; i++)
        {
            buffer.Add(schema, new MetricSample(
                DateTimeOffset.UnixEpoch, schema.Id, [.. Enumerable.Range(0, 1000).Select(value => (double?)(-1e-200 * Math.Sqrt(value + 2)))]));
        }

        var sent = 0;
        while (buffer.Peek() is { } batch)
        {
            var heartbeat = new Nerve.Protocol.Link.Heartbeat(1, batch.Schema, batch.Samples);
            var bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(heartbeat, NerveJsonContext.Default.Heartbeat).Length;
            Assert.InRange(bytes, 1, ProtocolInfo.MaxMessageBytes - 1024);
            sent += batch.Samples.Count;
            buffer.Acknowledge(batch);
        }

        Assert.Equal(360, sent);
    }

    /// <summary>Whatever happens in which order: the center gets the newest samples, each once, in order.</summary>
    [Fact]
    public void AnyOrderOfEvents_DeliversInOrderWithoutGapsBesideDrops() =>
        Gen.Select(Gen.Int[1, 500], Gen.Bool).Array[1, 20].Sample(steps =>
        {
            var buffer = new SampleBuffer();
            var (added, delivered) = (0, new List<double?>());
            foreach (var (count, acknowledged) in steps)
            {
                var sent = buffer.Peek();
                for (var i = 0; i < count; i++)
                {
                    buffer.Add(s_schema, Sample(s_schema, added++));
                }

                if (acknowledged && sent is not null)
                {
                    delivered.AddRange(sent.Samples.Select(sample => sample.Values[0]));
                    buffer.Acknowledge(sent);
                }
            }

            delivered.AddRange(buffer.Peek()!.Samples.Select(sample => sample.Values[0]));
            Assert.Equal(delivered.Order().Distinct(), delivered);
            Assert.Equal(added - 1, delivered[^1]);
            Assert.True(delivered.Count >= added - buffer.Dropped, "a sample was neither delivered nor counted as dropped");
        });

    private static MetricSample Sample(MetricSchema schema, double value) =>
        new(DateTimeOffset.UnixEpoch.AddSeconds(value), schema.Id, [.. schema.Series.Select(_ => (double?)value)]);
}
