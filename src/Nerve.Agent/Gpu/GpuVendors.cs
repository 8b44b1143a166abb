namespace Nerve.Agent.Gpu;

/// <summary>PCI vendors that make GPUs and accelerators to compute on.</summary>
internal static class GpuVendors
{
    public const int Nvidia = 0x10de;
    public const int Amd = 0x1002;
    public const int Intel = 0x8086;

    public static string? NameOf(int? vendor) => vendor switch
    {
        Nvidia => "NVIDIA",
        Amd => "AMD",
        Intel => "Intel",
        0x1d94 => "Hygon",
        0x1e3e => "Iluvatar",
        0x1ed5 => "Moore Threads",
        0x1ee0 => "Biren",
        0x1da3 => "Habana Labs",
        0x1e52 => "Tenstorrent",
        0x1e36 => "Enflame",
        0x9999 => "MetaX",
        0xcabc => "Cambricon",
        _ => null,
    };
}
