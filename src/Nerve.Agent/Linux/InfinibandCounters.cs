namespace Nerve.Agent.Linux;

/// <summary>The error counters of an InfiniBand or RoCE port that an operator looks at, with their directory below the port.</summary>
internal static class InfinibandCounters
{
    /// <summary>Those of the standard (IBA volume 1, PortCounters) and of the adapters' drivers (<c>hw_counters</c> of mlx5).</summary>
    public static IReadOnlyList<InfinibandCounter> Errors { get; } =
    [
        new("counters", "symbol_error"), new("counters", "link_error_recovery"), new("counters", "link_downed"), new("counters", "port_rcv_errors"),
        new("counters", "port_rcv_remote_physical_errors"), new("counters", "port_rcv_switch_relay_errors"), new("counters", "port_rcv_constraint_errors"),
        new("counters", "port_rcv_discards"), new("counters", "port_xmit_discards"), new("counters", "port_xmit_constraint_errors"),
        new("counters", "local_link_integrity_errors"), new("counters", "excessive_buffer_overrun_errors"), new("counters", "VL15_dropped"),
        new("hw_counters", "out_of_sequence"), new("hw_counters", "packet_seq_err"), new("hw_counters", "implied_nak_seq_err"),
        new("hw_counters", "local_ack_timeout_err"), new("hw_counters", "rnr_nak_retry_err"), new("hw_counters", "out_of_buffer"),
        new("hw_counters", "rx_icrc_encapsulated"), new("hw_counters", "req_transport_retries_exceeded"), new("hw_counters", "roce_adp_retrans"),
    ];
}

/// <param name="Directory">Below the port's.</param>
/// <param name="Name">Of the file, too.</param>
internal sealed record InfinibandCounter(string Directory, string Name);
