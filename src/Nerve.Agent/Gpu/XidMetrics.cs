using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Gpu;

/// <summary>Counts the NVIDIA driver's errors in the kernel log, since the machine was started or as far back as the log reaches.</summary>
internal sealed unsafe class XidMetrics(HostRoot root) : IMetricSource, IDisposable
{
    private const string Log = "/dev/kmsg";

    // A record is at most CONSOLE_EXT_LOG_MAX bytes; a burst is read over several samples.
    private const int MaxRecord = 8192;
    private const int MaxRecordsAtOnce = 20_000;

    private readonly List<Count> _counts = [];
    private SafeFileHandle? _log;
    private bool _tried;

    public void Read(SampleBuilder sample)
    {
        ReadLog();
        foreach (var count in _counts)
        {
            sample.Add(count.Series, Math.Max(count.Numbered, count.Implied));
        }
    }

    /// <summary>Takes note of one record of the log: <c>4,1234,567890,-;NVRM: Xid …</c>, or of the bare text of one.</summary>
    public void Take(string record)
    {
        if (XidLine.Parse(record) is { } line)
        {
            var count = _counts.Find(known => known.Address == line.PciAddress && known.Xid == line.Xid);
            if (count is null)
            {
                _counts.Add(count = new Count(line.PciAddress, line.Xid, Name(line.PciAddress, line.Xid)));
            }

            count.Numbered += line.IsImplied ? 0 : 1;
            count.Implied += line.IsImplied ? 1 : 0;
        }
    }

    public void Dispose() => _log?.Dispose();

    private string Name(string address, int xid)
    {
        var order = GpuOrder.Of(GpuDevices.Find(root).Select(device => device.Address), []);
        var index = GpuOrder.IndexOf(order, address);
        var gpu = index < order.Count ? index.ToString(CultureInfo.InvariantCulture) : address;
        return SeriesName.Of("gpu.xid_total", "gpu", gpu, "xid", xid.ToString(CultureInfo.InvariantCulture));
    }

    private void ReadLog()
    {
        if (!_tried)
        {
            _tried = true;
            if (!root.IsLive)
            {
                TakeAll(root.ReadBytes(Log));
                return;
            }

            var descriptor = LibC.open(Log, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC);
            _log = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }

        if (_log is null)
        {
            return;
        }

        var buffer = stackalloc byte[MaxRecord];
        for (var records = 0; records < MaxRecordsAtOnce; records++)
        {
            var length = LibC.read((int)_log.DangerousGetHandle(), buffer, MaxRecord);
            if (length < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == LibC.EPIPE)
            {
                // Records were overwritten before they were read; the next read goes on with the oldest that is left.
                continue;
            }

            if (length <= 0)
            {
                return;
            }

            TakeAll(new ReadOnlySpan<byte>(buffer, (int)length));
        }
    }

    // The kernel hands out one record at a time, with more lines about its device; a captured log is a file of them.
    private void TakeAll(ReadOnlySpan<byte> text)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            if (text[range].IndexOf("NVRM: "u8) >= 0)
            {
                Take(Encoding.UTF8.GetString(text[range]));
            }
        }
    }

    private sealed class Count(string address, int xid, string series)
    {
        public string Address { get; } = address;

        public int Xid { get; } = xid;

        public string Series { get; } = series;

        public long Numbered { get; set; }

        /// <summary>The driver often says the same thing twice, with the number and without.</summary>
        public long Implied { get; set; }
    }
}
