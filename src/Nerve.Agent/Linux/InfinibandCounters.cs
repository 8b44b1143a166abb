namespace Nerve.Agent.Linux;

/// <summary>The error counters of an InfiniBand or RoCE port that an operator looks at, with their directory below the port.</summary>
internal static class InfinibandCounters
{
    /// <summary>Those of the standard (IBA volume 1, PortCounters) and of the adapters' drivers (<c>hw_counters</c> of mlx5).</summary>
    public static IReadOnlyList<(string Directory, string Name)> Errors { get; } =
    [
        ("counters", "symbol_error"), ("counters", "link_error_recovery"), ("counters", "link_downed"), ("counters", "port_rcv_errors"),
        ("counters", "port_rcv_remote_physical_errors"), ("counters", "port_rcv_switch_relay_errors"), ("counters", "port_rcv_constraint_errors"),
        ("counters", "port_rcv_discards"), ("counters", "port_xmit_discards"), ("counters", "port_xmit_constraint_errors"),
        ("counters", "local_link_integrity_errors"), ("counters", "excessive_buffer_overrun_errors"), ("counters", "VL15_dropped"),
        ("hw_counters", "out_of_sequence"), ("hw_counters", "packet_seq_err"), ("hw_counters", "implied_nak_seq_err"),
        ("hw_counters", "local_ack_timeout_err"), ("hw_counters", "rnr_nak_retry_err"), ("hw_counters", "out_of_buffer"),
        ("hw_counters", "rx_icrc_encapsulated"), ("hw_counters", "req_transport_retries_exceeded"), ("hw_counters", "roce_adp_retrans"),
    ];
}
