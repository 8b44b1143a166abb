using System.Diagnostics;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks;

/// <summary>Keeps the health of the disks and of what RAID controllers made of them: asks each now and then on threads of its own, and answers at once with what it knows.</summary>
internal sealed class SmartProbe : IProbe
{
    private const int Workers = 4;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _time;
    private readonly DiskQuestions _questions;
    private readonly ProbeSampler _sampler;
    private readonly Dictionary<string, Disk> _disks = new(StringComparer.Ordinal);
    private TimeSpan _period = TimeSpan.FromMinutes(30);
    private bool _started;

    public SmartProbe(HostRoot root, TimeProvider time)
        : this(time, DiskQuestions.Of(root, s_deadline))
    {
    }

    internal SmartProbe(TimeProvider time, DiskQuestions questions)
    {
        _time = time;
        _questions = questions;
        _sampler = new ProbeSampler(new Sources(new SmartMetrics(Known), new RaidReportMetrics(Raids)), time);
    }

    public ProbeReply Answer(ProbeRequest request)
    {
        KeepTo(request.PeriodSeconds);
        if (request.Ask == ProbeAsk.Sample)
        {
            return _sampler.Answer(request);
        }

        Watch([.. request.Names ?? [], .. _questions.BeyondTheKernel()]);
        AwaitFirst(TimeSpan.FromMilliseconds(request.PatienceMilliseconds));
        return Answer();
    }

    /// <summary>The disks' health by name, of those that have answered.</summary>
    public Dictionary<string, SmartInfo> Known()
    {
        lock (_disks)
        {
            return _disks.Where(disk => disk.Value.Last?.Health is not null).ToDictionary(disk => disk.Key, disk => disk.Value.Last!.Health!);
        }
    }

    private void KeepTo(int? seconds)
    {
        lock (_disks)
        {
            if (seconds is { } told && _period != TimeSpan.FromSeconds(told))
            {
                _period = TimeSpan.FromSeconds(told);
                Monitor.PulseAll(_disks);
            }
        }
    }

    private RaidReport Raids()
    {
        lock (_disks)
        {
            return _disks.Values.Select(disk => disk.Last?.Raids).FirstOrDefault(raids => raids is not null) ?? RaidReport.Nothing;
        }
    }

    private ProbeReply Answer()
    {
        lock (_disks)
        {
            var raids = Raids();
            return new ProbeReply
            {
                Smart = Known(),
                Disks = [.. _disks.Values.Select(disk => disk.Last?.Disk).OfType<DiskInfo>()],
                Raids = raids.Raids,
                Controllers = raids.Controllers,
                Problems =
                [
                    .. _disks.Where(disk => disk.Value.Problem is not null)
                        .Select(disk => new CollectionProblem(DiskQuestions.SourceOf(disk.Key), disk.Value.Problem!)),
                ],
            };
        }
    }

    private void Watch(List<string> names)
    {
        lock (_disks)
        {
            names.AddRange(_disks.Values.SelectMany(disk => disk.Last?.Members ?? []).ToList());
            foreach (var gone in _disks.Keys.Except(names).ToList())
            {
                _disks.Remove(gone);
            }

            Add(names);
            for (var i = 0; !_started && i < Workers; i++)
            {
                new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "smartctl" }.Start();
            }

            _started = true;
            Monitor.PulseAll(_disks);
        }
    }

    // The first readings come at once; those after them are spread over the period.
    private void Add(IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            _disks.TryAdd(names[i], new Disk { Share = (double)i / names.Count });
        }
    }

    private void AwaitFirst(TimeSpan patience)
    {
        var until = new Deadline(patience);
        lock (_disks)
        {
            while (_disks.Values.Any(disk => disk.Last is null) && !until.HasPassed)
            {
                Monitor.Wait(_disks, Math.Max(until.MillisecondsLeft, 1));
            }
        }
    }

    private void Work()
    {
        while (true)
        {
            var name = Next(out var disk);
            // A tool that was left behind in the kernel must not get company every half hour.
            var reading = disk.Last?.LeftBehind is { } earlier && IsRunning(earlier) ? disk.Last : _questions.Ask(name);
            lock (_disks)
            {
                disk.IsBusy = false;
                disk.AskedAt = _time.GetTimestamp();
                disk.IsSpread = disk.Last is not null;
                disk.Last = disk.Last is null ? reading : reading.Or(disk.Last);
                Add(reading.Members ?? []);
                Monitor.PulseAll(_disks);
            }
        }
    }

    private string Next(out Disk next)
    {
        lock (_disks)
        {
            while (true)
            {
                var now = _time.GetTimestamp();
                foreach (var (name, disk) in _disks)
                {
                    if (!disk.IsBusy && (disk.Last is null || _time.GetElapsedTime(disk.AskedAt, now) >= Pause(disk)))
                    {
                        disk.IsBusy = true;
                        next = disk;
                        return name;
                    }
                }

                Monitor.Wait(_disks, TimeSpan.FromSeconds(10));
            }
        }
    }

    private TimeSpan Pause(Disk disk) => disk.IsSpread ? _period : _period * (1 + disk.Share);

    private static bool IsRunning(Process process)
    {
        try
        {
            return !process.HasExited;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private sealed class Disk
    {
        public SmartReading? Last { get; set; }

        /// <summary>Of the period, by which it comes after the first disk.</summary>
        public double Share { get; init; }

        public bool IsSpread { get; set; }

        public long AskedAt { get; set; }

        public bool IsBusy { get; set; }

        public string? Problem => Last is null ? "No answer yet." : Last.Failure;
    }

    private sealed class Sources(IMetricSource disks, IMetricSource raids) : IMetricSource
    {
        public void Read(SampleBuilder sample)
        {
            disks.Read(sample);
            raids.Read(sample);
        }
    }
}
