using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Ipmi;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Ipmi;

/// <summary>Bytes as tables 20-2, 22-29 and 23-4 of the IPMI 2.0 specification order them; what they mean beside them is what ipmitool prints for
/// such bytes. There is no controller to try it on.</summary>
public class IpmiProbeTests
{
    // Device 32, revision 1, firmware 1.71 (BCD 71h), IPMI 2.0, Supermicro (10876 = 2A7Ch), product 2404 (0964h).
    private static readonly byte[] s_device = [0, 0x20, 0x01, 0x01, 0x71, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x64, 0x09, 0, 0, 0, 0];

    [Fact]
    public void Describe_ControllerWithALanChannel_HasItsAddressThere()
    {
        List<IpmiRequest> asked = [];
        var bmc = IpmiProbe.Describe(request =>
        {
            asked.Add(request);
            return Controller(request);
        })!;

        Assert.Equal(
            new BmcInfo("10.236.129.162", "1.71")
            {
                IpmiVersion = "2.0",
                Manufacturer = "Supermicro",
                Product = "0x0964",
                AddressSource = "dhcp",
                Netmask = "255.255.255.0",
                Gateway = "10.236.129.1",
                Mac = "3c:ec:ef:45:6f:91",
                Vlan = 305,
            },
            bmc);
        Assert.Equal((0x06, 0x01, 0), (asked[0].NetworkFunction, asked[0].Command, asked[0].Data.Length));
        Assert.Equal((0x06, 0x42), (asked[1].NetworkFunction, asked[1].Command));
        Assert.Equal([2], asked[2].Data);
        Assert.Equal([2, 3, 0, 0], asked.First(request => request.NetworkFunction == 0x0C).Data);
    }

    [Fact]
    public void Describe_LanThatIsNotSetUp_HasTheFirmwareOnly()
    {
        var bmc = IpmiProbe.Describe(request => request.Command switch
        {
            0x01 => s_device,
            0x42 => [0, request.Data[0], 0x04, 0x01, 0x80, 0xF2, 0x1B, 0x00, 0x00, 0x00],
            _ => [0, 0x11, 0, 0, 0, 0, 0, 0],
        })!;

        Assert.Equal((null, "1.71", null, null), (bmc.Address, bmc.Firmware, bmc.Netmask, bmc.Mac));
    }

    [Theory]
    [InlineData(new byte[] { 0xC1 })]
    [InlineData(new byte[] { 0, 0x20, 0x01 })]
    [InlineData(new byte[] { })]
    [InlineData(null)]
    public void Describe_ControllerThatRefuses_IsUnknown(byte[]? answer) => Assert.Null(IpmiProbe.Describe(_ => answer));

    [Fact]
    public void DeviceId_MakerThatNobodyKnows_IsItsNumber() =>
        Assert.Equal("0x00abcd", IpmiAnswer.DeviceId([0, 0x20, 0x01, 0x82, 0x09, 0x51, 0xBF, 0xCD, 0xAB, 0x00, 0x64, 0x09])!.Manufacturer);

    /// <summary>The highest bit of the first byte says that it is being updated; version 1.5 is 51h.</summary>
    [Fact]
    public void DeviceId_OldControllerInAnUpdate_HasItsVersions()
    {
        var bmc = IpmiAnswer.DeviceId([0, 0x20, 0x01, 0x82, 0x09, 0x51, 0xBF, 0x57, 0x01, 0x00, 0x64, 0x09])!;

        Assert.Equal(("2.09", "1.5", "Intel"), (bmc.Firmware, bmc.IpmiVersion, bmc.Manufacturer));
    }

    [Fact]
    public void Answer_Again_DoesNotAskBeforeHalfAnHour()
    {
        var time = new FakeTimeProvider();
        var opened = 0;
        var probe = new IpmiProbe(time, () =>
        {
            opened++;
            return new IpmiConversation(Controller, null);
        });

        for (var minute = 0; minute < 31; minute += 5)
        {
            Assert.Equal("10.236.129.162", ProbeReply.Parse(probe.Answer(new ProbeRequest(ProbeAsk.Inventory)).ToLine()).Bmc!.Address);
            time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(2, opened);
    }

    [Theory]
    [InlineData(600, 3)]
    [InlineData(7200, 1)]
    public void Answer_AnotherPeriod_IsAskedAgainWhenItIsOver(int seconds, int expected)
    {
        var time = new FakeTimeProvider();
        var opened = 0;
        var probe = new IpmiProbe(time, () =>
        {
            opened++;
            return new IpmiConversation(Controller, null);
        });

        for (var minute = 0; minute < 30; minute += 5)
        {
            probe.Answer(ProbeRequest.Parse(new ProbeRequest(ProbeAsk.Inventory, PeriodSeconds: seconds).ToLine()));
            time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(expected, opened);
    }

    [Fact]
    public void Answer_ControllerThatHangs_IsReportedWithWhatWasKnown()
    {
        var time = new FakeTimeProvider();
        var hangs = false;
        var probe = new IpmiProbe(time, () => new IpmiConversation(request => hangs ? throw new TimeoutException("The management controller does not answer.") : Controller(request), null));
        probe.Answer(new ProbeRequest(ProbeAsk.Inventory));

        hangs = true;
        time.Advance(TimeSpan.FromHours(1));
        var reply = probe.Answer(new ProbeRequest(ProbeAsk.Inventory));

        Assert.Equal("1.71", reply.Bmc!.Firmware);
        Assert.Equal("IPMI", Assert.Single(reply.Problems).Source);
    }

    /// <summary>Completion codes of table 5-2: node busy, timeout, firmware update, initialisation.</summary>
    [Theory]
    [InlineData(0x01, 0xC0)]
    [InlineData(0x01, 0xC3)]
    [InlineData(0x02, 0xC0)]
    [InlineData(0x02, 0xD1)]
    [InlineData(0x42, 0xD2)]
    public void Answer_ControllerIsBusy_KeepsWhatWasKnownAndSaysSo(byte command, byte code)
    {
        var time = new FakeTimeProvider();
        var isBusy = false;
        var probe = new IpmiProbe(time, () => new IpmiConversation(request => isBusy && request.Command == command ? [code] : Controller(request), null));
        probe.Answer(new ProbeRequest(ProbeAsk.Inventory));

        isBusy = true;
        time.Advance(TimeSpan.FromHours(1));
        var reply = probe.Answer(new ProbeRequest(ProbeAsk.Inventory));

        Assert.Equal("10.236.129.162", reply.Bmc!.Address);
        Assert.Contains("busy", Assert.Single(reply.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_ThatIsNone_SaysSo() => Assert.Contains("cannot be opened", Assert.Throws<IOException>(() => IpmiDevice.Open("/nonexistent/ipmi0")).Message);

    // LAN on channel 2; channel 1 is a serial one.
    private static byte[]? Controller(IpmiRequest request) => (request.NetworkFunction, request.Command) switch
    {
        (0x06, 0x01) => s_device,
        (0x06, 0x42) => request.Data[0] switch
        {
            1 => [0, 0x01, 0x05, 0x02, 0x40, 0xF2, 0x1B, 0x00, 0x00, 0x00],
            2 => [0, 0x02, 0x04, 0x01, 0x80, 0xF2, 0x1B, 0x00, 0x00, 0x00],
            _ => [0xCC],
        },
        (0x0C, 0x02) => request.Data[1] switch
        {
            3 => [0, 0x11, 10, 236, 129, 162],
            4 => [0, 0x11, 0x02],
            5 => [0, 0x11, 0x3C, 0xEC, 0xEF, 0x45, 0x6F, 0x91],
            6 => [0, 0x11, 255, 255, 255, 0],
            12 => [0, 0x11, 10, 236, 129, 1],
            20 => [0, 0x11, 0x31, 0x81],
            _ => [0x80],
        },
        _ => [0xC1],
    };
}
