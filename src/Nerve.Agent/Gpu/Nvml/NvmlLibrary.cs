using System.Runtime.InteropServices;
using Nerve.Agent.Linux;
using Nerve.Configuration;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>NVIDIA's management library. It comes with the driver and is as old as that: each function is looked up by name, and one that it
/// lacks answers <see cref="NvmlReturn.FunctionNotFound"/>.</summary>
internal sealed unsafe class NvmlLibrary
{
    private const string FileName = "libnvidia-ml.so.1";

    // Where installers put it without telling the loader: WSL, NixOS, the container toolkit.
    private static readonly string[] s_unlisted = ["/usr/lib/wsl/lib", "/run/opengl-driver/lib", "/usr/local/nvidia/lib64"];
    private static readonly string[] s_defaults = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"];

    private readonly nint _library;
    private readonly Dictionary<string, nint> _functions = new(StringComparer.Ordinal);

    private NvmlLibrary(nint library) => _library = library;

    public static NvmlLibrary? Load()
    {
        if (NativeLibrary.TryLoad(FileName, out var library))
        {
            return new NvmlLibrary(library);
        }

        return s_unlisted.Any(directory => NativeLibrary.TryLoad($"{directory}/{FileName}", out library)) ? new NvmlLibrary(library) : null;
    }

    /// <summary>Whether <see cref="Load"/> would find it, without loading it: in its environment, in the loader's cache, or in a usual place.</summary>
    public static bool IsInstalled(HostRoot root) => root.Ask(FileName, () => IsThere(root) ? FileName : null) is not null;

    private static bool IsThere(HostRoot root)
    {
        var listed = ProcessEnvironment.Variables().GetValueOrDefault("LD_LIBRARY_PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return listed.Concat(s_defaults).Concat(s_unlisted).Any(directory => File.Exists($"{directory}/{FileName}"))
            || root.TryBytes("/etc/ld.so.cache").AsSpan().IndexOf("libnvidia-ml.so.1\0"u8) >= 0;
    }

    public bool Has(string function) => Find(function) != 0;

    /// <summary>Calls a function by name with whole numbers and pointers. All of NVML takes such and at most five, and the C calling conventions
    /// of x86-64 and ARM64 hand these over in registers, so those beyond what a function takes do no harm.</summary>
    public NvmlReturn Call(string function, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0) =>
        Find(function) is not 0 and var address
            ? (NvmlReturn)((delegate* unmanaged<nint, nint, nint, nint, nint, int>)address)(a, b, c, d, e)
            : NvmlReturn.FunctionNotFound;

    private nint Find(string function)
    {
        if (!_functions.TryGetValue(function, out var address))
        {
            _functions[function] = address = NativeLibrary.TryGetExport(_library, function, out var found) ? found : 0;
        }

        return address;
    }
}
