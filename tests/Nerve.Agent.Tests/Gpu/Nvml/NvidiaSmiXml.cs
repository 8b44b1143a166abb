using System.Xml.Linq;

namespace Nerve.Agent.Tests.Gpu.Nvml;

/// <summary>The XML of <c>nvidia-smi -q -x</c> as the values of <c>nvidia-smi -q</c>: the same facts under other names, which changed between the
/// versions 10 to 13 of its document type.</summary>
internal static class NvidiaSmiXml
{
    // The name in the text, and the elements that have held it.
    private static readonly (string Text, string[] Elements)[] s_names =
    [
        ("Product Name", ["product_name"]),
        ("GPU UUID", ["uuid"]),
        ("Serial Number", ["serial"]),
        ("VBIOS Version", ["vbios_version"]),
        ("Board Part Number", ["board_part_number"]),
        ("GSP Firmware Version", ["gsp_firmware_version"]),
        ("Persistence Mode", ["persistence_mode"]),
        ("MIG Mode/Current", ["mig_mode/current_mig"]),
        ("ECC Mode/Current", ["ecc_mode/current_ecc"]),
        ("Fan Speed", ["fan_speed"]),
        ("FB Memory Usage/Total", ["fb_memory_usage/total"]),
        ("FB Memory Usage/Reserved", ["fb_memory_usage/reserved"]),
        ("FB Memory Usage/Used", ["fb_memory_usage/used"]),
        ("FB Memory Usage/Free", ["fb_memory_usage/free"]),
        ("PCI/GPU Link Info/PCIe Generation/Current", ["pci/pci_gpu_link_info/pcie_gen/current_link_gen"]),
        ("PCI/GPU Link Info/PCIe Generation/Max", ["pci/pci_gpu_link_info/pcie_gen/max_link_gen"]),
        ("PCI/GPU Link Info/Link Width/Current", ["pci/pci_gpu_link_info/link_widths/current_link_width"]),
        ("PCI/GPU Link Info/Link Width/Max", ["pci/pci_gpu_link_info/link_widths/max_link_width"]),
        ("PCI/Replays Since Reset", ["pci/replay_counter"]),
        ("PCI/Tx Throughput", ["pci/tx_util"]),
        ("PCI/Rx Throughput", ["pci/rx_util"]),
        ("Utilization/GPU", ["utilization/gpu_util"]),
        ("Utilization/Memory", ["utilization/memory_util"]),
        ("Temperature/GPU Current Temp", ["temperature/gpu_temp"]),
        ("Temperature/Memory Current Temp", ["temperature/memory_temp"]),
        ("GPU Power Readings/Power Draw", ["power_readings/power_draw", "gpu_power_readings/power_draw"]),
        ("GPU Power Readings/Average Power Draw", ["gpu_power_readings/average_power_draw"]),
        ("GPU Power Readings/Instantaneous Power Draw", ["gpu_power_readings/instant_power_draw"]),
        ("GPU Power Readings/Current Power Limit", ["power_readings/enforced_power_limit", "gpu_power_readings/current_power_limit"]),
        ("GPU Power Readings/Default Power Limit", ["power_readings/default_power_limit", "gpu_power_readings/default_power_limit"]),
        ("GPU Power Readings/Min Power Limit", ["power_readings/min_power_limit", "gpu_power_readings/min_power_limit"]),
        ("GPU Power Readings/Max Power Limit", ["power_readings/max_power_limit", "gpu_power_readings/max_power_limit"]),
        ("Clocks/Graphics", ["clocks/graphics_clock"]),
        ("Clocks/SM", ["clocks/sm_clock"]),
        ("Clocks/Memory", ["clocks/mem_clock"]),
        ("Clocks/Video", ["clocks/video_clock"]),
        ("Max Clocks/Graphics", ["max_clocks/graphics_clock"]),
        ("Max Clocks/SM", ["max_clocks/sm_clock"]),
        ("Max Clocks/Memory", ["max_clocks/mem_clock"]),
        ("Max Clocks/Video", ["max_clocks/video_clock"]),
        ("Remapped Rows/Correctable Error", ["remapped_rows/remapped_row_corr"]),
        ("Remapped Rows/Uncorrectable Error", ["remapped_rows/remapped_row_unc"]),
        ("Remapped Rows/Pending", ["remapped_rows/remapped_row_pending"]),
        ("Remapped Rows/Remapping Failure Occurred", ["remapped_rows/remapped_row_failure"]),
        ("Retired Pages/Single Bit ECC", ["retired_pages/multiple_single_bit_retirement/retired_count"]),
        ("Retired Pages/Double Bit ECC", ["retired_pages/double_bit_retirement/retired_count"]),
        ("ECC Errors/Volatile/DRAM Correctable", ["ecc_errors/volatile/dram_correctable"]),
        ("ECC Errors/Volatile/DRAM Uncorrectable", ["ecc_errors/volatile/dram_uncorrectable"]),
        ("ECC Errors/Volatile/SRAM Correctable", ["ecc_errors/volatile/sram_correctable"]),
        ("ECC Errors/Aggregate/DRAM Correctable", ["ecc_errors/aggregate/dram_correctable"]),
        ("ECC Errors/Aggregate/DRAM Uncorrectable", ["ecc_errors/aggregate/dram_uncorrectable"]),
        ("ECC Errors/Aggregate/SRAM Correctable", ["ecc_errors/aggregate/sram_correctable"]),
        ("Clocks Event Reasons/Applications Clocks Setting", Reasons("applications_clocks_setting")),
        ("Clocks Event Reasons/SW Power Cap", Reasons("sw_power_cap")),
        ("Clocks Event Reasons/HW Slowdown", Reasons("hw_slowdown")),
        ("Clocks Event Reasons/HW Slowdown/HW Thermal Slowdown", Reasons("hw_thermal_slowdown")),
        ("Clocks Event Reasons/HW Slowdown/HW Power Brake Slowdown", Reasons("hw_power_brake_slowdown")),
        ("Clocks Event Reasons/Sync Boost", Reasons("sync_boost")),
        ("Clocks Event Reasons/SW Thermal Slowdown", Reasons("sw_thermal_slowdown")),
        ("Clocks Event Reasons/Display Clock Setting", Reasons("display_clocks_setting")),
    ];

    private static readonly (string Text, string Element)[] s_partNames =
    [
        ("Index", "index"),
        ("GPU Instance ID", "gpu_instance_id"),
        ("Compute Instance ID", "compute_instance_id"),
        ("Device Attributes/Shared/Multiprocessor count", "device_attributes/shared/multiprocessor_count"),
        ("Shared FB Memory Usage/Total", "fb_memory_usage/total"),
        ("Shared FB Memory Usage/Reserved", "fb_memory_usage/reserved"),
        ("Shared FB Memory Usage/Used", "fb_memory_usage/used"),
        ("Shared FB Memory Usage/Free", "fb_memory_usage/free"),
    ];

    public static IReadOnlyList<NvidiaSmiReport> Parse(string text)
    {
        // Its type lies on a machine of its maker's.
        var root = XDocument.Parse(text).Root!;
        return [.. root.Elements("gpu").Select(gpu => new NvidiaSmiReport(
            Value(root, "driver_version"), Value(root, "cuda_version"), [("PCI/Bus Id", gpu.Attribute("id")!.Value), .. Values(gpu), .. Parts(gpu)]))];
    }

    private static IEnumerable<(string, string)> Values(XElement gpu) =>
        from name in s_names
        let value = name.Elements.Select(path => Value(gpu, path)).FirstOrDefault(value => value is not null)
        where value is not null
        select (name.Text, value);

    private static IEnumerable<(string, string)> Parts(XElement gpu) =>
        from part in gpu.Elements("mig_devices").Elements("mig_device")
        from name in s_partNames
        select ($"MIG Device/{name.Text}", Value(part, name.Element)!);

    private static string? Value(XElement element, string path)
    {
        var found = path.Split('/').Aggregate((XElement?)element, (place, name) => place?.Element(name));
        return found is { HasElements: false } && found.Value.Trim() is { Length: > 0 } value ? value : null;
    }

    private static string[] Reasons(string name) =>
        [$"clocks_throttle_reasons/clocks_throttle_reason_{name}", $"clocks_event_reasons/clocks_event_reason_{name}"];
}
