using System.Runtime.InteropServices;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Ipmi;

/// <summary>Asks the management controller through the kernel's driver: the requests of <c>linux/ipmi.h</c> on <c>/dev/ipmi0</c>.</summary>
internal sealed unsafe partial class IpmiDevice : IDisposable
{
    private const nuint Send = 0x8028690D; // IPMICTL_SEND_COMMAND
    private const nuint Receive = 0xC030690B; // IPMICTL_RECEIVE_MSG_TRUNC
    private const int LongestAnswer = 272;

    // The second name is udev's, the third devfs'.
    private static readonly string[] s_names = ["/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0"];

    private readonly int _device;
    private nint _sequence;

    private IpmiDevice(int device) => _device = device;

    public static string? Find(HostRoot root) => root.IsLive ? root.Ask(s_names[0], () => Array.Find(s_names, File.Exists)) : null;

    /// <exception cref="IOException">It cannot be opened.</exception>
    public static IpmiDevice Open(string path) =>
        LibC.open(path, LibC.O_RDWR | LibC.O_CLOEXEC) is >= 0 and var device ? new IpmiDevice(device) : throw LibC.LastError($"{path} cannot be opened");

    /// <returns>The answer from its completion code on; null when the driver refuses the request.</returns>
    /// <exception cref="TimeoutException">There is no answer.</exception>
    public byte[]? Ask(IpmiRequest request, TimeSpan patience)
    {
        var controller = SystemInterface.Controller;
        fixed (byte* data = request.Data)
        {
            var question = new Question
            {
                Address = &controller,
                AddressLength = (uint)sizeof(SystemInterface),
                Sequence = ++_sequence,
                Message = new Message { NetworkFunction = request.NetworkFunction, Command = request.Command, Length = (ushort)request.Data.Length, Data = data },
            };
            if (Control(_device, Send, &question) != 0)
            {
                return null;
            }
        }

        return Await(new Deadline(patience)) ?? throw new TimeoutException("The management controller does not answer.");
    }

    public void Dispose() => _ = LibC.close(_device);

    // An answer to what was given up before may come first.
    private byte[]? Await(Deadline deadline)
    {
        var data = stackalloc byte[LongestAnswer];
        while (!deadline.HasPassed)
        {
            var waiting = new LibC.PollDescriptor { Descriptor = _device, Wanted = LibC.POLLIN };
            if (LibC.poll(&waiting, 1, deadline.MillisecondsLeft) <= 0)
            {
                return null;
            }

            SystemInterface from = default;
            var answer = new Answer { Address = &from, AddressLength = (uint)sizeof(SystemInterface), Message = new Message { Length = LongestAnswer, Data = data } };
            if (Control(_device, Receive, &answer) == 0 && answer.Sequence == _sequence)
            {
                return new ReadOnlySpan<byte>(data, Math.Min((int)answer.Message.Length, LongestAnswer)).ToArray();
            }
        }

        return null;
    }

    /// <summary><c>struct ipmi_system_interface_addr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SystemInterface
    {
        public int Type;
        public short Channel;
        public byte Unit;

        public static SystemInterface Controller => new() { Type = 0x0C, Channel = 0x0F };
    }

    /// <summary><c>struct ipmi_msg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public byte NetworkFunction;
        public byte Command;
        public ushort Length;
        public byte* Data;
    }

    /// <summary><c>struct ipmi_req</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Question
    {
        public void* Address;
        public uint AddressLength;
        public nint Sequence;
        public Message Message;
    }

    /// <summary><c>struct ipmi_recv</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Answer
    {
        public int Type;
        public void* Address;
        public uint AddressLength;
        public nint Sequence;
        public Message Message;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, void* argument);
}
