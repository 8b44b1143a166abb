namespace Nerve.Agent.Journal;

/// <summary>The exclusive right to move a run forward. The kernel releases it with its holder, however that ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Null if someone else holds it.</summary>
    public static RunLock? TryTake(RunFolder folder)
    {
        try
        {
            return new RunLock(new FileStream(folder.LockPath, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = DurableFile.OwnerOnly,
                BufferSize = 0,
            }));
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && File.Exists(folder.LockPath))
        {
            return null;
        }
    }

    public static bool IsHeld(RunFolder folder)
    {
        if (!File.Exists(folder.LockPath))
        {
            return false;
        }
        using var taken = TryTake(folder);
        return taken is null;
    }

    public void Dispose() => _file.Dispose();
}
