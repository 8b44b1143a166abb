using System.Globalization;
using System.Runtime.InteropServices;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>A FUSE filesystem whose program never answers. Tests that need it are skipped where it may not be mounted.</summary>
internal sealed partial class FrozenMount : IDisposable
{
    private const int DetachMount = 2; // MNT_DETACH

    private readonly FileStream _device;

    private readonly bool _isOwn;

    /// <param name="path">An empty directory to mount it on; its own, when none is given.</param>
    public FrozenMount(string? path = null)
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "No /dev/fuse here, so nothing can be frozen.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may mount a FUSE filesystem without a helper.");
        _isOwn = path is null;
        Path = path ?? Directory.CreateTempSubdirectory("nerve-frozen-").FullName;
        _device = new FileStream("/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        var options = string.Create(CultureInfo.InvariantCulture, $"fd={_device.SafeFileHandle.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0");
        if (Mount("frozen", Path, "fuse", 0, options) != 0)
        {
            _device.Dispose();
            Assert.Skip("FUSE may not be mounted here (CAP_SYS_ADMIN is missing).");
        }
    }

    public string Path { get; }

    public void Dispose()
    {
        _ = Unmount(Path, DetachMount);
        // Closing it ends every question that waits, with an error.
        _device.Dispose();
        if (_isOwn)
        {
            Directory.Delete(Path);
        }
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
