namespace Nerve.Agent.Gpu.Nvml;

/// <summary><c>nvmlReturn_t</c>: those that make a difference here.</summary>
internal enum NvmlReturn
{
    Success = 0,
    Uninitialized = 1,
    NotSupported = 3,
    NoPermission = 4,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
    LibRmVersionMismatch = 18,
}
