using Nerve.Agent.Identity;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Identity;

public sealed class MachineFingerprintTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("nerve-machine-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Expected: <c>printf 'product_uuid=4c4c4544-0051-3510-8052-b4c04f564231\nproduct_serial=bq5rvb1\n' | sha256sum</c>.</summary>
    [Fact]
    public void Read_FirmwareIdentifiers_IsTheirHashWithoutPlaceholders()
    {
        Write("sys/class/dmi/id/product_uuid", "4C4C4544-0051-3510-8052-B4C04F564231\n");
        Write("sys/class/dmi/id/product_serial", "BQ5RVB1\n");
        Write("sys/class/dmi/id/board_serial", "To Be Filled By O.E.M.\n");
        Write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");

        Assert.Equal("dmi-872b37bdade3190953060bb41eefbbf85f68b7ff4580169d7bad6102eb0f628f", Read());
    }

    /// <summary>Expected: <c>printf 0123456789abcdef0123456789abcdef | sha256sum</c>.</summary>
    [Fact]
    public void Read_OnlyPlaceholdersInFirmware_FallsBackToTheMachineId()
    {
        Write("sys/class/dmi/id/product_uuid", "03000200-0400-0500-0006-000700080009\n");
        Write("sys/class/dmi/id/product_serial", "Default string\n");
        Write("sys/class/dmi/id/board_serial", "................\n");
        Write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");

        Assert.Equal("machine-3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9", Read());
    }

    [Fact]
    public void Read_NothingStable_IsNull()
    {
        Write("sys/class/dmi/id/product_uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n");
        Write("etc/machine-id", "uninitialized\n");
        Assert.Null(Read());
    }

    /// <summary>Containers see the firmware of their host; several of them are not one machine.</summary>
    [Theory]
    [InlineData(".dockerenv")]
    [InlineData("run/.containerenv")]
    public void Read_InAContainer_IsNull(string marker)
    {
        Write("sys/class/dmi/id/product_serial", "BQ5RVB1\n");
        Write(marker, "");
        Assert.Null(Read());
    }

    [Theory]
    [InlineData("dmi-1", "dmi-2", true)]
    [InlineData("dmi-1", "dmi-1", false)]
    [InlineData("dmi-1", "machine-2", false)]
    [InlineData("machine-1", "dmi-2", false)]
    [InlineData(null, "dmi-2", false)]
    [InlineData("dmi-1", null, false)]
    public void Differ_StoredAndNow_OnlyWhereTheyCanBeCompared(string? stored, string? now, bool expected) =>
        Assert.Equal(expected, MachineFingerprint.Differ(stored, now));

    private string? Read() => MachineFingerprint.Read(new HostRoot(_root));

    private void Write(string path, string content)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
