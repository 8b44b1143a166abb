using System.Buffers.Text;
using System.Text;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu;

/// <summary>Names of GPUs whose driver gives none: the accelerators of data centers, and what the machine's own list of PCI devices has.</summary>
internal static class GpuModels
{
    private static readonly string[] s_lists = ["/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids", "/usr/share/pci.ids"];

    public static string? NameOf(HostRoot root, int? vendor, int? device) => (vendor, device) switch
    {
        (null, _) or (_, null) => null,
        (GpuVendors.Nvidia, 0x15f9) => "Tesla P100-SXM2-16GB",
        (GpuVendors.Nvidia, 0x1db1) => "Tesla V100-SXM2-16GB",
        (GpuVendors.Nvidia, 0x1db5) => "Tesla V100-SXM2-32GB",
        (GpuVendors.Nvidia, 0x1eb8) => "Tesla T4",
        (GpuVendors.Nvidia, 0x20b0) => "NVIDIA A100-SXM4-40GB",
        (GpuVendors.Nvidia, 0x20b2) => "NVIDIA A100-SXM4-80GB",
        (GpuVendors.Nvidia, 0x20b5) => "NVIDIA A100 80GB PCIe",
        (GpuVendors.Nvidia, 0x20f1) => "NVIDIA A100-PCIE-40GB",
        (GpuVendors.Nvidia, 0x2235) => "NVIDIA A40",
        (GpuVendors.Nvidia, 0x2236) => "NVIDIA A10",
        (GpuVendors.Nvidia, 0x2330) => "NVIDIA H100 80GB HBM3",
        (GpuVendors.Nvidia, 0x2331) => "NVIDIA H100 PCIe",
        (GpuVendors.Nvidia, 0x2335) => "NVIDIA H200",
        (GpuVendors.Nvidia, 0x26b5) => "NVIDIA L40",
        (GpuVendors.Nvidia, 0x26b9) => "NVIDIA L40S",
        (GpuVendors.Nvidia, 0x27b8) => "NVIDIA L4",
        (GpuVendors.Nvidia, 0x2901) => "NVIDIA B200",
        (GpuVendors.Amd, 0x738c) => "AMD Instinct MI100",
        (GpuVendors.Amd, 0x7408) => "AMD Instinct MI250X",
        (GpuVendors.Amd, 0x740c) => "AMD Instinct MI250X/MI250",
        (GpuVendors.Amd, 0x740f) => "AMD Instinct MI210",
        (GpuVendors.Amd, 0x74a0) => "AMD Instinct MI300A",
        (GpuVendors.Amd, 0x74a1) => "AMD Instinct MI300X",
        (GpuVendors.Amd, 0x74a2) => "AMD Instinct MI308X",
        (GpuVendors.Amd, 0x74a5) => "AMD Instinct MI325X",
        (GpuVendors.Amd, 0x75a0) => "AMD Instinct MI350X",
        (GpuVendors.Amd, 0x75a3) => "AMD Instinct MI355X",
        (GpuVendors.Intel, 0x0bd5) => "Intel Data Center GPU Max 1550",
        (GpuVendors.Intel, 0x0bda) => "Intel Data Center GPU Max 1100",
        (GpuVendors.Intel, 0x56c0) => "Intel Data Center GPU Flex 170",
        (GpuVendors.Intel, 0x56c1) => "Intel Data Center GPU Flex 140",
        (0x1da3, 0x1000) => "Habana Gaudi",
        (0x1da3, 0x1020) => "Intel Gaudi 2",
        (0x1da3, 0x1060) => "Intel Gaudi 3",
        var (known, number) => s_lists.Select(path => Find(root, path, known.Value, number.Value)).FirstOrDefault(name => name is not null),
    };

    // "10de  NVIDIA Corporation", then "\t2330  GH100 [H100 SXM5 80GB]" for each device, each with "\t\t…" for the cards of others.
    private static string? Find(HostRoot root, string path, int vendor, int device)
    {
        ReadOnlySpan<byte> text;
        try
        {
            text = root.ReadBytes(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }

        var inVendor = false;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.Length < 5 || line[0] == '#')
            {
                continue;
            }

            if (line[0] != '\t')
            {
                if (inVendor)
                {
                    return null;
                }

                inVendor = IsNumber(line, vendor);
            }
            else if (inVendor && line[1] != '\t' && IsNumber(line[1..], device))
            {
                return Encoding.UTF8.GetString(line[5..]).Trim();
            }
        }

        return null;
    }

    private static bool IsNumber(ReadOnlySpan<byte> line, int number) =>
        line.Length > 4 && line[4] == ' ' && Utf8Parser.TryParse(line[..4], out int found, out _, 'x') && found == number;
}
