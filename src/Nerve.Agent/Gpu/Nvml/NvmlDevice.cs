using System.Text;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>A GPU, or a MIG part of one, as the library knows it. Everything is null that the card, the driver or our rights do not give.</summary>
internal sealed unsafe class NvmlDevice(NvmlLibrary library, nint handle, string address)
{
    /// <summary>As sysfs writes it.</summary>
    public string Address { get; } = address;

    /// <summary>The last of its answers was that it is lost.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The library must be initialised again before any more is asked.</summary>
    public bool IsStale { get; private set; }

    public bool Has(string function) => library.Has(function);

    public uint? Number(string function) => Read<uint>(function);

    public uint? Number(string function, uint argument)
    {
        uint value;
        return Ok(library.Call(function, handle, (nint)argument, (nint)(&value))) ? value : null;
    }

    public ulong? Count(string function) => Read<ulong>(function);

    public ulong? Count(string function, uint first, uint second)
    {
        ulong value;
        return Ok(library.Call(function, handle, (nint)first, (nint)second, (nint)(&value))) ? value : null;
    }

    public ulong? Count(string function, uint first, uint second, uint third)
    {
        ulong value;
        return Ok(library.Call(function, handle, (nint)first, (nint)second, (nint)third, (nint)(&value))) ? value : null;
    }

    public (uint First, uint Second)? Pair(string function)
    {
        uint first, second;
        return Ok(library.Call(function, handle, (nint)(&first), (nint)(&second))) ? (first, second) : null;
    }

    public (uint First, uint Second, uint Third, uint Fourth)? Four(string function)
    {
        uint first, second, third, fourth;
        return Ok(library.Call(function, handle, (nint)(&first), (nint)(&second), (nint)(&third), (nint)(&fourth)))
            ? (first, second, third, fourth)
            : null;
    }

    public T? Read<T>(string function, T value = default)
        where T : unmanaged =>
        Ok(library.Call(function, handle, (nint)(&value))) ? value : null;

    public T? Read<T>(string function, uint argument)
        where T : unmanaged
    {
        T value;
        return Ok(library.Call(function, handle, (nint)argument, (nint)(&value))) ? value : null;
    }

    public string? Text(string function)
    {
        const int Length = 96; // NVML_DEVICE_UUID_V2_BUFFER_SIZE and NVML_DEVICE_NAME_V2_BUFFER_SIZE, the longest
        var text = stackalloc byte[Length];
        *text = 0;
        return Ok(library.Call(function, handle, (nint)text, Length)) && Decode(text, Length) is { Length: > 0 } found && found != "N/A" ? found : null;
    }

    /// <summary>Fills in the values of fields; each says for itself whether it has one.</summary>
    public bool Fields(Span<NvmlFieldValue> fields)
    {
        fixed (NvmlFieldValue* first = fields)
        {
            return Ok(library.Call("nvmlDeviceGetFieldValues", handle, fields.Length, (nint)first));
        }
    }

    public NvmlDevice? MigDevice(uint index)
    {
        nint mig;
        return Ok(library.Call("nvmlDeviceGetMigDeviceHandleByIndex", handle, (nint)index, (nint)(&mig))) ? new NvmlDevice(library, mig, Address) : null;
    }

    /// <summary>How many pages were retired for a cause; the library says so when given no room for their addresses.</summary>
    public int? RetiredPages(uint cause)
    {
        uint count = 0;
        var answer = library.Call("nvmlDeviceGetRetiredPages", handle, (nint)cause, (nint)(&count), 0);
        return answer is NvmlReturn.Success or NvmlReturn.InsufficientSize ? (int)count : null;
    }

    /// <summary>The processes that compute on it; null when they cannot be told.</summary>
    public IReadOnlyList<NvmlProcess>? Processes()
    {
        const string Newest = "nvmlDeviceGetComputeRunningProcesses_v3";
        const string Newer = "nvmlDeviceGetComputeRunningProcesses_v2";
        return Has(Newest) ? List<NvmlProcess>(Newest)
            : Has(Newer) ? List<NvmlProcess>(Newer)
            : List<NvmlProcess1>("nvmlDeviceGetComputeRunningProcesses")?.ConvertAll(old => new NvmlProcess
            {
                Pid = old.Pid,
                UsedMemory = old.UsedMemory,
                GpuInstance = NvmlProcess.NoInstance,
                ComputeInstance = NvmlProcess.NoInstance,
            });
    }

    private List<T>? List<T>(string function)
        where T : unmanaged
    {
        // Room for more than there are: processes come and go between two calls.
        var room = 64u;
        for (var tries = 0; tries < 3; tries++)
        {
            var entries = new T[room];
            var count = room;
            NvmlReturn answer;
            fixed (T* first = entries)
            {
                answer = library.Call(function, handle, (nint)(&count), (nint)first);
            }

            if (answer != NvmlReturn.InsufficientSize)
            {
                return Ok(answer) ? [.. entries[..(int)Math.Min(count, room)]] : null;
            }

            room = Math.Clamp(count * 2, room * 2, 64 * 1024);
        }

        return null;
    }

    private bool Ok(NvmlReturn answer)
    {
        IsLost = answer is NvmlReturn.GpuIsLost or NvmlReturn.ResetRequired || (IsLost && answer != NvmlReturn.Success);
        IsStale |= answer is NvmlReturn.Uninitialized or NvmlReturn.DriverNotLoaded or NvmlReturn.LibRmVersionMismatch;
        return answer == NvmlReturn.Success;
    }

    private static string Decode(byte* text, int length)
    {
        var bytes = new ReadOnlySpan<byte>(text, length);
        return Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes).Trim();
    }
}
