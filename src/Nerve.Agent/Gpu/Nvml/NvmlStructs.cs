using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nerve.Agent.Gpu.Nvml;

// The structures of nvml.h, as the versions named here lay them out on 64-bit machines.

/// <summary><c>nvmlPciInfo_t</c> (v3, 68 bytes); the older ones begin alike.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlPciInfo
{
    public Text16 BusIdLegacy;
    public uint Domain;
    public uint Bus;
    public uint Device;
    public uint PciDeviceId;
    public uint PciSubsystemId;
    public Text32 BusId;

    public readonly string Address => $"{Domain:x4}:{Bus:x2}:{Device:x2}.0";

    [InlineArray(16)]
    public struct Text16
    {
        private byte _first;
    }

    [InlineArray(32)]
    public struct Text32
    {
        private byte _first;
    }
}

/// <summary><c>nvmlMemory_t</c> (v1, 24 bytes). What the driver keeps for itself is among the used.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlMemory_v2_t</c> (40 bytes): used is what programs have.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory2
{
    public const uint CurrentVersion = 40 | (2 << 24);

    public uint Version;
    public ulong Total;
    public ulong Reserved;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlUtilization_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary><c>nvmlFieldValue_t</c> (40 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFieldValue
{
    public uint FieldId;
    public uint ScopeId;
    public long Timestamp;
    public long Latency;
    public uint ValueType;
    public NvmlReturn Return;
    public ulong Raw;

    /// <summary>The value as a count; null when there is none.</summary>
    public readonly ulong? Count => Return != NvmlReturn.Success ? null : ValueType switch
    {
        0 => BitConverter.UInt64BitsToDouble(Raw) is >= 0 and var number ? (ulong)number : null,
        1 => (uint)Raw,
        5 => (int)Raw >= 0 ? (ulong)(int)Raw : null,
        6 => (ushort)Raw,
        4 => (long)Raw >= 0 ? Raw : null,
        _ => Raw,
    };
}

/// <summary><c>nvmlProcessInfo_v2_t</c> (24 bytes), of <c>nvmlDeviceGetComputeRunningProcesses_v2</c> and <c>_v3</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcess
{
    public const uint NoInstance = uint.MaxValue;

    public uint Pid;
    public ulong UsedMemory;
    public uint GpuInstance;
    public uint ComputeInstance;
}

/// <summary><c>nvmlProcessInfo_v1_t</c> (16 bytes), of the function without a suffix.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcess1
{
    public uint Pid;
    public ulong UsedMemory;
}

/// <summary><c>nvmlDeviceAttributes_t</c> (40 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlAttributes
{
    public uint Multiprocessors;
    public uint CopyEngines;
    public uint Decoders;
    public uint Encoders;
    public uint JpegEngines;
    public uint OpticalFlowEngines;
    public uint GpuInstanceSlices;
    public uint ComputeInstanceSlices;
    public ulong MemoryMebibytes;
}

/// <summary><c>nvmlGpuFabricInfo_v2_t</c> (36 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFabric2
{
    public const uint CurrentVersion = 36 | (2 << 24);

    public uint Version;
    public NvmlUuid ClusterUuid;
    public uint Status;
    public uint CliqueId;
    public byte State;
    public uint HealthMask;
}

/// <summary><c>nvmlGpuFabricInfo_t</c> (28 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFabric1
{
    public NvmlUuid ClusterUuid;
    public uint Status;
    public uint CliqueId;
    public byte State;
}

[InlineArray(16)]
internal struct NvmlUuid
{
    private byte _first;

    public readonly string? Text() => this[..].IndexOfAnyExcept((byte)0) < 0 ? null : new Guid(this[..], bigEndian: true).ToString();
}
