using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Nerve.Agent.Linux;

/// <summary>What the running processor says of its hypervisor.</summary>
internal static class Hypervisor
{
    private const int VendorLeaf = 0x40000000;

    /// <summary>Its name in the words of <c>systemd-detect-virt(1)</c>; null when it is none of the known ones.</summary>
    public static string? Name() => X86Base.IsSupported ? NameOf(Signature()) : null;

    public static string? NameOf(string signature) => signature switch
    {
        "KVMKVMKVM" or "Linux KVM Hv" => "kvm",
        "TCGTCGTCGTCG" => "qemu",
        "XenVMMXenVMM" => "xen",
        "VMwareVMware" => "vmware",
        "Microsoft Hv" => "microsoft",
        "bhyve bhyve" => "bhyve",
        "QNXQVMBSQG" => "qnx",
        "ACRNACRNACRN" => "acrn",
        "SRESRESRESRE" => "sre",
        "Apple VZ" => "apple",
        _ => null,
    };

    private static string Signature()
    {
        var (_, b, c, d) = X86Base.CpuId(VendorLeaf, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>(new[] { b, c, d })).TrimEnd('\0', ' ');
    }
}
