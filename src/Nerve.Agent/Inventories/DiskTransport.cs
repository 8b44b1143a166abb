namespace Nerve.Agent.Inventories;

/// <summary>How a disk is attached, told by where it hangs in <c>/sys/devices</c>.</summary>
internal static class DiskTransport
{
    public static string? Of(Machine machine, string directory)
    {
        // A multipath NVMe namespace hangs off its subsystem, not off a controller.
        var path = machine.Root.Resolve(directory) ?? "";
        var steps = path.Split('/');
        var name = directory[(directory.LastIndexOf('/') + 1)..];
        return Any(steps, "nvme") || Any(steps, "nvme-subsystem") || Any(steps, "nvme-fabrics") || name.StartsWith("nvme", StringComparison.Ordinal) ? "nvme"
            : Prefixed(steps, "usb") ? "usb"
            : Prefixed(steps, "mmc") ? "mmc"
            : Prefixed(steps, "end_device-") || Prefixed(steps, "sas_") ? "sas"
            : Prefixed(steps, "rport-") ? "fc"
            : Prefixed(steps, "session") ? "iscsi"
            : Prefixed(steps, "virtio") ? "virtio"
            : Prefixed(steps, "vbd-") ? "xen"
            : Prefixed(steps, "ndbus") || name.StartsWith("pmem", StringComparison.Ordinal) ? "nvdimm"
            : Prefixed(steps, "ata") || machine.Line($"{directory}/device/vendor") == "ATA" ? "sata"
            : null;
    }

    private static bool Any(string[] steps, string name) => steps.Contains(name);

    // "ata1", "usb2", "mmc0": a name and then a number, or the prefix ends in its own separator.
    private static bool Prefixed(string[] steps, string prefix) => Array.Exists(steps, step =>
        step.StartsWith(prefix, StringComparison.Ordinal)
        && (prefix[^1] is '-' or '_' || (step.Length > prefix.Length && char.IsAsciiDigit(step[prefix.Length]))));
}
