using Nerve.Agent.Journal;
using Nerve.Configuration;

namespace Nerve.Agent.Identity;

/// <summary>The agent's folder, held by one agent at a time and closed to other users.</summary>
internal sealed class StateFolder : IDisposable
{
    private const string LockName = "agent.lock";

    private readonly FileStream _lock;

    private StateFolder(string path, FileStream @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    /// <exception cref="ConfigurationException">It cannot be made, is not ours, or another agent has it.</exception>
    public static StateFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path, DurableFile.OwnerOnlyDirectory);
            CloseToOthers(path);
            return new StateFolder(path, Lock(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"state: the folder {path} cannot be used: {failure.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Only a folder that is empty or an agent's already is made private: <c>--state /etc</c> must not lock a machine up.</summary>
    private static void CloseToOthers(string path)
    {
        if ((File.GetUnixFileMode(path) & ~DurableFile.OwnerOnlyDirectory) == 0)
        {
            return;
        }

        if (Directory.EnumerateFileSystemEntries(path).Any() && !File.Exists(System.IO.Path.Combine(path, LockName)))
        {
            throw new ConfigurationException(
                $"state: the folder {path} has other files in it and other users may read it; give the agent a folder of its own, or: chmod 700 {path}");
        }

        File.SetUnixFileMode(path, DurableFile.OwnerOnlyDirectory);
    }

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, LockName);
        try
        {
            return new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = DurableFile.OwnerOnly,
            });
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new ConfigurationException(
                $"state: another nerve-agent is using the folder {path}; stop it, or give this one another folder with --state");
        }
    }
}
