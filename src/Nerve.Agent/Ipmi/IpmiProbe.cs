using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Ipmi;

/// <summary>Knows what the management controller says of itself and of its place on the network, and asks it anew now and then: it is slow, and the
/// processor waits for it.</summary>
/// <param name="open">Gives a way to ask one question after another.</param>
internal sealed class IpmiProbe(TimeProvider time, Func<IpmiConversation> open) : IProbe
{
    private const byte LastChannel = 0x0B;
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private BmcInfo? _known;
    private long _askedAt;

    public IpmiProbe(HostRoot root, TimeProvider time)
        : this(time, () => Converse(IpmiDevice.Open(IpmiDevice.Find(root) ?? throw new IOException("There is no /dev/ipmi0."))))
    {
    }

    public ProbeReply Answer(ProbeRequest request)
    {
        if (_known is null || time.GetElapsedTime(_askedAt) >= Period(request))
        {
            try
            {
                using var conversation = open();
                (_known, _askedAt) = (Describe(request => Answered(conversation.Ask(request))) ?? _known, time.GetTimestamp());
            }
            catch (Exception e) when (e is TimeoutException or IOException)
            {
                return new ProbeReply { Bmc = _known, Problems = [new CollectionProblem("IPMI", $"{e.Message} {Advice(e)}")] };
            }
        }

        return new ProbeReply { Bmc = _known };
    }

    private static TimeSpan Period(ProbeRequest request) => request.PeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_period;

    internal static BmcInfo? Describe(Func<IpmiRequest, byte[]?> ask)
    {
        var device = IpmiAnswer.DeviceId(ask(IpmiRequest.DeviceId));
        for (byte channel = 1; device is not null && channel <= LastChannel; channel++)
        {
            if (IpmiAnswer.IsLan(ask(IpmiRequest.ChannelInfo(channel))) && Lan(device, channel, ask) is { Address: not null } placed)
            {
                return placed;
            }
        }

        return device;
    }

    private static BmcInfo Lan(BmcInfo device, byte channel, Func<IpmiRequest, byte[]?> ask)
    {
        return device with
        {
            Address = IpmiAnswer.Address(Parameter(LanParameter.Address)),
            AddressSource = IpmiAnswer.AddressSource(Parameter(LanParameter.AddressSource)),
            Netmask = IpmiAnswer.Address(Parameter(LanParameter.SubnetMask)),
            Gateway = IpmiAnswer.Address(Parameter(LanParameter.Gateway)),
            Mac = IpmiAnswer.MacAddress(Parameter(LanParameter.MacAddress)),
            Vlan = IpmiAnswer.Vlan(Parameter(LanParameter.VlanId)),
        };

        byte[]? Parameter(LanParameter parameter) => ask(IpmiRequest.Lan(channel, parameter));
    }

    // What it does not say now must not look like what it does not have.
    private static byte[]? Answered(byte[]? answer) =>
        IpmiAnswer.IsForLater(answer) ? throw new TimeoutException("The management controller is busy and does not answer.") : answer;

    private static string Advice(Exception failure) => failure is TimeoutException
        ? "Reset it (ipmitool mc reset cold) or take the machine from its power for a minute."
        : "Only root may open it; the kernel log says what its driver (ipmi_si, ipmi_ssif, ipmi_devintf) found.";

    private static IpmiConversation Converse(IpmiDevice device) => new(request => device.Ask(request, s_patience), device);
}

/// <param name="Ask">Gives the answer, or null when the controller was not asked.</param>
internal sealed record IpmiConversation(Func<IpmiRequest, byte[]?> Ask, IDisposable? Device) : IDisposable
{
    public void Dispose() => Device?.Dispose();
}
