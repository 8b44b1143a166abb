using Nerve.Agent.Metrics;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>What is remembered of a GPU between two samples.</summary>
internal sealed class NvmlCard(string index)
{
    /// <summary>nvmlClockType_t, in its order.</summary>
    public static readonly string[] Clocks = ["graphics", "sm", "memory", "video"];

    private static readonly (uint Field, string Reason)[] s_throttles =
    [
        (NvmlFields.ThrottledByPower, "power"),
        (NvmlFields.ThrottledByTemperature, "thermal"),
        (NvmlFields.ThrottledBySyncBoost, "sync_boost"),
        (NvmlFields.ThrottledByBoardLimit, "board_limit"),
        (NvmlFields.ThrottledByReliability, "reliability"),
    ];

    private static readonly uint[] s_totals =
        [NvmlFields.NvlinkReplayErrors, NvmlFields.NvlinkRecoveryErrors, NvmlFields.NvlinkCrcFlitErrors, NvmlFields.NvlinkCrcDataErrors];

    private static readonly uint[] s_ofEachLink = [NvmlFields.LinkReplayErrors, NvmlFields.LinkRecoveryErrors, NvmlFields.LinkCrcErrors];

    private readonly Counter[] _throttled = new Counter[s_throttles.Length];
    private Counter _sent;
    private Counter _received;

    public GpuSeries Series { get; } = new(index);

    public string Lost { get; } = SeriesName.Of("gpu.lost", "gpu", index);

    /// <summary>Asks for all fields in one call.</summary>
    public static Answers Ask(NvmlDevice gpu, int links)
    {
        var fields = new List<NvmlFieldValue> { new() { FieldId = NvmlFields.MemoryTemperature }, new() { FieldId = NvmlFields.PowerNow } };
        foreach (var (field, _) in s_throttles)
        {
            fields.Add(new NvmlFieldValue { FieldId = field });
        }

        if (links > 0)
        {
            fields.Add(new NvmlFieldValue { FieldId = NvmlFields.NvlinkSent, ScopeId = NvmlFields.AllLinks });
            fields.Add(new NvmlFieldValue { FieldId = NvmlFields.NvlinkReceived, ScopeId = NvmlFields.AllLinks });
            foreach (var field in s_totals)
            {
                fields.Add(new NvmlFieldValue { FieldId = field });
            }
        }

        for (var link = 0u; link < links; link++)
        {
            foreach (var field in s_ofEachLink)
            {
                fields.Add(new NvmlFieldValue { FieldId = field, ScopeId = link });
            }
        }

        var values = fields.ToArray();
        return new Answers(gpu.Fields(values) ? values : []);
    }

    /// <summary>For how much of the time since the last sample its clocks were held down.</summary>
    public void AddThrottleTime(SampleBuilder sample, Answers fields)
    {
        const double NanosecondsPerPercent = 1e7;
        for (var i = 0; i < s_throttles.Length; i++)
        {
            var time = fields.Sum(s_throttles[i].Field);
            Series.Add(
                sample,
                "gpu.throttled_percent",
                sample.Rate(ref _throttled[i], time) is { } rate ? Math.Min(rate / NanosecondsPerPercent, 100) : null,
                "reason",
                s_throttles[i].Reason,
                exists: time is not null);
        }
    }

    public void AddLinks(SampleBuilder sample, Answers fields)
    {
        const double Kibibyte = 1024;
        var sent = fields.Sum(NvmlFields.NvlinkSent);
        var received = fields.Sum(NvmlFields.NvlinkReceived);
        Series.Add(sample, "gpu.nvlink_transmit_bytes_per_second", sample.Rate(ref _sent, sent) * Kibibyte, exists: sent is not null);
        Series.Add(sample, "gpu.nvlink_receive_bytes_per_second", sample.Rate(ref _received, received) * Kibibyte, exists: received is not null);
        Series.Add(sample, "gpu.nvlink_replays_total", fields.Sum(NvmlFields.LinkReplayErrors) ?? fields.Sum(NvmlFields.NvlinkReplayErrors));
        Series.Add(sample, "gpu.nvlink_recoveries_total", fields.Sum(NvmlFields.LinkRecoveryErrors) ?? fields.Sum(NvmlFields.NvlinkRecoveryErrors));
        Series.Add(
            sample,
            "gpu.nvlink_crc_errors_total",
            fields.Sum(NvmlFields.LinkCrcErrors) ?? fields.Sum(NvmlFields.NvlinkCrcFlitErrors) + (fields.Sum(NvmlFields.NvlinkCrcDataErrors) ?? 0));
    }

    /// <summary>The values of the fields that were asked for.</summary>
    internal readonly struct Answers(NvmlFieldValue[] values)
    {
        public double? PowerMilliwatts => Sum(NvmlFields.PowerNow);

        public double? MemoryTemperature => Sum(NvmlFields.MemoryTemperature);

        /// <summary>Of all links that have the field; null when none has.</summary>
        public ulong? Sum(uint field)
        {
            ulong? sum = null;
            foreach (var value in values)
            {
                if (value.FieldId == field && value.Count is { } count)
                {
                    sum = (sum ?? 0) + count;
                }
            }

            return sum;
        }
    }
}
