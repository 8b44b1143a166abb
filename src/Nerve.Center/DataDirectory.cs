namespace Nerve.Center;

/// <summary>The folder with everything this center must not lose. Nobody else may look into it.</summary>
internal static class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="StartException">It cannot be made or used.</exception>
    public static string Prepare(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full, OwnerOnly);
            File.SetUnixFileMode(full, OwnerOnly);
            var probe = Path.Combine(full, ".write-test");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return full;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"data: the folder {full} cannot be used ({exception.Message.TrimEnd('.')}). Give it to the user that runs nerve-center, or choose another with --data.",
                inner: exception);
        }
    }
}
