using System.Runtime.InteropServices;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>A named pipe that nobody writes to: whoever opens it to read waits, as with a file of a driver that hangs.</summary>
internal static partial class Fifo
{
    public static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Assert.Equal(0, MakeFifo(path, 0b110_100_100));
    }

    /// <summary>Lets go of all who wait.</summary>
    public static void Release(params IEnumerable<string> paths)
    {
        // Opened for both, it does not wait itself.
        var both = paths.Select(path => new FileStream(path, FileMode.Open, FileAccess.ReadWrite)).ToList();
        Thread.Sleep(200);
        both.ForEach(file => file.Dispose());
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
