using Nerve.Agent.Processes;

namespace Nerve.Agent.Journal;

/// <summary>Files that are either wholly there, also after a power failure, or not at all.</summary>
internal static class DurableFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        // Unique: two supervisors of one run may write the same file until the lock has decided between them.
        var temporary = $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            WriteAndSync(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }
        Directory.CreateDirectory(path, OwnerOnlyDirectory);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static void WriteAndSync(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
            BufferSize = 0,
        });
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    // A rename or a new name is durable only once its directory is.
    private static void SyncDirectory(string path)
    {
        var descriptor = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (descriptor < 0)
        {
            throw LibC.LastError($"The folder {path} cannot be opened");
        }
        try
        {
            if (LibC.fsync(descriptor) != 0)
            {
                throw LibC.LastError($"The folder {path} cannot be written to disk");
            }
        }
        finally
        {
            _ = LibC.close(descriptor);
        }
    }
}
