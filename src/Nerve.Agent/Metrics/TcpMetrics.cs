using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>How well connections do, from <c>/proc/net/snmp</c> and <c>/proc/net/netstat</c> (RFC 4022 and the kernel's <c>snmp_counter.rst</c>).</summary>
internal sealed class TcpMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private readonly string _standard = $"{NetworkFiles.Directory(root)}/snmp";
    private readonly string _extended = $"{NetworkFiles.Directory(root)}/netstat";
    private Counter _sent;
    private Counter _retransmitted;
    private Counter _resets;
    private Counter _received;
    private Counter _lost;
    private Counter _refused;

    public void Read(SampleBuilder sample)
    {
        var text = files.Read(_standard);
        var connections = Value(text, "Tcp:"u8, "CurrEstab"u8);
        var sent = sample.Rate(ref _sent, Value(text, "Tcp:"u8, "OutSegs"u8));
        var retransmitted = sample.Rate(ref _retransmitted, Value(text, "Tcp:"u8, "RetransSegs"u8));
        sample.Add("tcp.connections", connections);
        sample.Add("tcp.segments_sent_per_second", sent);
        sample.Add("tcp.retransmits_per_second", retransmitted);
        sample.Add("tcp.retransmits_percent", sent > 0 ? Math.Min(100 * (retransmitted ?? double.NaN) / sent.Value, 100) : null);
        sample.Add("tcp.resets_per_second", sample.Rate(ref _resets, Value(text, "Tcp:"u8, "EstabResets"u8)));
        sample.Add("udp.receive_per_second", sample.Rate(ref _received, Value(text, "Udp:"u8, "InDatagrams"u8)));
        sample.Add("udp.receive_errors_per_second", sample.Rate(ref _lost, Value(text, "Udp:"u8, "InErrors"u8)));
        sample.Add("tcp.listen_drops_per_second", sample.Rate(ref _refused, Value(files.Read(_extended), "TcpExt:"u8, "ListenDrops"u8)));
    }

    // A line of names, and then one of numbers: "Tcp: RtoAlgorithm RtoMin …", "Tcp: 1 200 …".
    private static ulong? Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> name)
    {
        var column = -1;
        for (var rest = text; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (!line.StartsWith(protocol))
            {
                continue;
            }

            var fields = new Fields(line);
            if (column >= 0)
            {
                fields.Skip(column);
                return fields.Count();
            }

            column = Column(fields, name);
            if (column < 0)
            {
                return null;
            }
        }

        return null;
    }

    private static int Column(Fields fields, ReadOnlySpan<byte> name)
    {
        for (var column = 0; fields.Next() is { IsEmpty: false } word; column++)
        {
            if (word.SequenceEqual(name))
            {
                return column;
            }
        }

        return -1;
    }
}
