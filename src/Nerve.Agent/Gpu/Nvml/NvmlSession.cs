using System.Text;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>The library, initialised, and the GPUs that it has.</summary>
internal sealed unsafe class NvmlSession
{
    private const string Source = "NVML";

    private NvmlLibrary? _library;
    private bool _initialised;

    public IReadOnlyList<NvmlDevice> Devices { get; private set; } = [];

    /// <summary>GPUs that the library counts and cannot even name.</summary>
    public int Unreachable { get; private set; }

    public CollectionProblem? Problem { get; private set; }

    public string? DriverVersion { get; private set; }

    /// <summary>As NVIDIA writes it: <c>12.7</c>.</summary>
    public string? CudaVersion { get; private set; }

    /// <summary>Looks for GPUs again: some may be gone, or the driver was loaded anew.</summary>
    public void Refresh()
    {
        if (Devices.Any(device => device.IsStale))
        {
            Close();
        }

        if (!_initialised && !TryOpen())
        {
            Devices = [];
            return;
        }

        DriverVersion = SystemText("nvmlSystemGetDriverVersion");
        CudaVersion = Cuda();
        Enumerate();
    }

    private bool TryOpen()
    {
        _library ??= NvmlLibrary.Load();
        if (_library is null)
        {
            Problem = new CollectionProblem(Source, "libnvidia-ml.so.1 is not installed. It comes with the NVIDIA driver's packages for computing.");
            return false;
        }

        var answer = _library.Has("nvmlInit_v2") ? _library.Call("nvmlInit_v2") : _library.Call("nvmlInit");
        _initialised = answer == NvmlReturn.Success;
        Problem = _initialised ? null : new CollectionProblem(Source, Explain(answer));
        return _initialised;
    }

    private void Close()
    {
        _library?.Call("nvmlShutdown");
        _initialised = false;
    }

    private void Enumerate()
    {
        uint count = 0;
        var answer = First("nvmlDeviceGetCount_v2", "nvmlDeviceGetCount", (nint)(&count));
        if (answer != NvmlReturn.Success)
        {
            Problem = new CollectionProblem(Source, Explain(answer));
            Close();
            return;
        }

        var devices = new List<NvmlDevice>();
        for (var i = 0u; i < count; i++)
        {
            nint handle = 0;
            if (First("nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex", (nint)i, (nint)(&handle)) == NvmlReturn.Success
                && Address(handle) is { } address)
            {
                devices.Add(new NvmlDevice(_library!, handle, address));
            }
        }

        Devices = devices;
        Unreachable = (int)count - devices.Count;
    }

    private string? Address(nint handle)
    {
        NvmlPciInfo pci = default;
        var answer = _library!.Has("nvmlDeviceGetPciInfo_v3")
            ? _library.Call("nvmlDeviceGetPciInfo_v3", handle, (nint)(&pci))
            : First("nvmlDeviceGetPciInfo_v2", "nvmlDeviceGetPciInfo", handle, (nint)(&pci));
        return answer == NvmlReturn.Success ? pci.Address : null;
    }

    private string? SystemText(string function)
    {
        const int Length = 81; // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
        var text = stackalloc byte[Length];
        return _library!.Call(function, (nint)text, Length) == NvmlReturn.Success
            ? Encoding.UTF8.GetString(new ReadOnlySpan<byte>(text, Length)).Split('\0')[0]
            : null;
    }

    private string? Cuda()
    {
        int version;
        return First("nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion", (nint)(&version)) == NvmlReturn.Success
            ? $"{version / 1000}.{version % 1000 / 10}"
            : null;
    }

    private NvmlReturn First(string newer, string older, nint a, nint b = 0) =>
        _library!.Has(newer) ? _library.Call(newer, a, b) : _library.Call(older, a, b);

    private static string Explain(NvmlReturn answer) => answer switch
    {
        NvmlReturn.DriverNotLoaded => "The NVIDIA driver is not loaded. Load it: modprobe nvidia.",
        NvmlReturn.LibRmVersionMismatch => "The library and the loaded NVIDIA driver are of different versions, as after an update. Reboot, or unload and load the driver.",
        NvmlReturn.NoPermission => "The NVIDIA devices may not be opened. Run the agent as root.",
        NvmlReturn.GpuIsLost => "A GPU has fallen off the bus, and the library does not start. Reboot.",
        _ => $"The library does not start (NVML error {(int)answer}). nvidia-smi may say more.",
    };
}
