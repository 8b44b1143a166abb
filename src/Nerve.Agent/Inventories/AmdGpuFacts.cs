using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>What the <c>amdgpu</c> driver shows in the device's directory.</summary>
internal static class AmdGpuFacts
{
    public static GpuInfo Add(Machine machine, string directory, GpuInfo gpu) => gpu with
    {
        Model = machine.Line($"{directory}/product_name"),
        Serial = machine.Line($"{directory}/serial_number"),
        Vbios = machine.Line($"{directory}/vbios_version"),
        MemoryBytes = Number.Long(machine.Line($"{directory}/mem_info_vram_total")),
        DriverVersion = machine.Line("/sys/module/amdgpu/version"),
    };
}
