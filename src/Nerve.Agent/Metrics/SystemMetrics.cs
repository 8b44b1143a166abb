using System.IO.Enumeration;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Uptime, processes and open files.</summary>
internal sealed class SystemMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        sample.Add("uptime.seconds", new Fields(files.Line("/proc/uptime")).Number());
        sample.Add("processes.total", Processes());
        sample.Add("processes.running", Running());
        // Allocated, free, maximum.
        var handles = new Fields(files.Line("/proc/sys/fs/file-nr"));
        var used = handles.Count();
        handles.Skip(1);
        sample.Add("file_handles.used", used);
        sample.Add("file_handles.used_percent", handles.Count() is > 0 and var maximum ? 100.0 * used / maximum : null);
        Connections(sample);
    }

    // The firewall's table; full, it drops what is new.
    private void Connections(SampleBuilder sample)
    {
        if (files.Count("/proc/sys/net/netfilter/nf_conntrack_max") is > 0 and var maximum)
        {
            sample.Add("conntrack.used_percent", 100.0 * files.Count("/proc/sys/net/netfilter/nf_conntrack_count") / maximum);
        }
    }

    // "0.21 0.37 0.39 1/719 19737": the fourth is threads that are runnable of all threads.
    private double? Running()
    {
        var fields = new Fields(files.Line("/proc/loadavg"));
        fields.Skip(3);
        var word = fields.Next();
        return word.IndexOf((byte)'/') is > 0 and var slash ? new Fields(word[..slash]).Count() : null;
    }

    // The kernel counts threads in every place but this one.
    private double? Processes()
    {
        if (!root.Enter("/proc"))
        {
            return null;
        }

        try
        {
            var ids = new FileSystemEnumerable<byte>(root.Locate("/proc"), static (ref _) => 0)
            {
                ShouldIncludePredicate = static (ref entry) => char.IsAsciiDigit(entry.FileName[0]),
            };
            return ids.Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            root.Leave();
        }
    }
}
